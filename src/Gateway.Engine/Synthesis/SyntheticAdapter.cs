using Gateway.Engine.Adapters;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>LoRA adapters of random numbers, of every layer of a model that takes one, for tests and measurements.</summary>
internal static class SyntheticAdapter
{
    private const string Suffix = ".weight";

    private static readonly string[] Fixed = ["embed_tokens", "lm_head", "mlp.gate.", "norm", "shared_head", "eh_proj", ".k_b_proj.", ".v_b_proj."];

    /// <summary>One that is strong enough to move logits by about their own size.</summary>
    /// <param name="checkpoint">The model's.</param>
    /// <param name="name">Of the adapter.</param>
    /// <param name="seed">Of its numbers.</param>
    /// <param name="rank">Of each pair.</param>
    /// <param name="takes">Which layers, by the names of Hugging Face checkpoints; null: all.</param>
    public static LoraAdapter Create(ICheckpoint checkpoint, string name, int seed, int rank, Func<string, bool>? takes = null)
    {
        var random = new Random(seed);
        Dictionary<string, LoraPair> pairs = [];
        foreach (var (layer, outputs, inputs) in Layers(checkpoint).Where(layer => takes?.Invoke(layer.Name) ?? true))
        {
            // A·x then has about the size of x, and B·(A·x) a part of what the layer's own weights give.
            pairs[layer] = new LoraPair(Values(rank * inputs, 1 / Math.Sqrt(inputs)), Values(outputs * rank, 0.5 / Math.Sqrt(rank)), rank, 0.75f);
        }

        return new LoraAdapter(name, "memory", pairs);

        float[] Values(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)(((random.NextDouble() * 2) - 1) * 1.7 * scale))];
    }

    /// <summary>The layers that take an adapter; not the expansion of latents where a GGUF file has it in halves.</summary>
    public static IEnumerable<(string Name, int Outputs, int Inputs)> Layers(ICheckpoint checkpoint) =>
        from name in checkpoint.Names.Order(StringComparer.Ordinal)
        where name.EndsWith(Suffix, StringComparison.Ordinal) && !Fixed.Any(part => name.Contains(part, StringComparison.Ordinal))
        let shape = checkpoint.Find(name)!.Shape
        where shape.Count == 2
        select (name[..^Suffix.Length], (int)shape[0], (int)shape[1]);
}
