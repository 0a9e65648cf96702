namespace Gateway.Engine.Adapters;

/// <summary>An adapter as it was read.</summary>
/// <param name="Name">What the operator calls it.</param>
/// <param name="Folder">Where it lies, for messages.</param>
/// <param name="Pairs">By the path of the linear layer that each changes, such as <c>model.layers.0.self_attn.q_proj</c>; at least one.</param>
internal sealed record LoraAdapter(string Name, string Folder, IReadOnlyDictionary<string, LoraPair> Pairs)
{
    /// <summary>The highest rank that is taken: published adapters have 8 to 256.</summary>
    public const int MaxRank = 512;

    /// <summary>What stands before the path of a module in the names of tensors.</summary>
    public const string NamePrefix = "base_model.model.";

    /// <summary>What stands behind it in the name of <see cref="LoraPair.A"/>.</summary>
    public const string DownSuffix = ".lora_A.weight";

    /// <summary>What stands behind it in the name of <see cref="LoraPair.B"/>.</summary>
    public const string UpSuffix = ".lora_B.weight";

    /// <summary>The highest rank of its pairs.</summary>
    public int Rank => Pairs.Values.Max(pair => pair.Rank);

    /// <summary>Number of weights.</summary>
    public long ParameterCount => Pairs.Values.Sum(pair => (long)pair.A.Length + pair.B.Length);
}
