using Gateway.Engine.Adapters;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Tests.Adapters;

/// <summary>Adapters of every module of a model that takes one, strong enough that logits move by about their own size.</summary>
internal static class RandomAdapters
{
    private static readonly string[] Fixed = ["embed_tokens", "lm_head", "mlp.gate.", "norm", "shared_head", "eh_proj"];

    /// <param name="checkpoint">The model's.</param>
    /// <param name="name">Of the adapter.</param>
    /// <param name="seed">Of its numbers.</param>
    /// <param name="rank">Of each pair.</param>
    /// <param name="takes">Which modules; null: all.</param>
    public static LoraAdapter Create(ICheckpoint checkpoint, string name, int seed, int rank, Func<string, bool>? takes = null)
    {
        var random = new Random(seed);
        Dictionary<string, LoraPair> pairs = [];
        foreach (var (module, outputs, inputs) in Modules(checkpoint).Where(module => takes?.Invoke(module.Name) ?? true))
        {
            // A·x then has about the size of x, and B·(A·x) a part of what the layer's own weights give.
            pairs[module] = new LoraPair(Values(rank * inputs, 1 / Math.Sqrt(inputs)), Values(outputs * rank, 0.5 / Math.Sqrt(rank)), rank, 0.75f);
        }

        return new LoraAdapter(name, "memory", pairs);

        float[] Values(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)(((random.NextDouble() * 2) - 1) * 1.7 * scale))];
    }

    /// <summary>The modules that take an adapter, under the names of Hugging Face checkpoints.</summary>
    public static IEnumerable<(string Name, int Outputs, int Inputs)> Modules(ICheckpoint checkpoint) =>
        from name in checkpoint.Names.Order(StringComparer.Ordinal)
        where name.EndsWith(".weight", StringComparison.Ordinal) && !Fixed.Any(part => name.Contains(part, StringComparison.Ordinal))
        let entry = checkpoint.Find(name)!
        where entry.Shape.Count == 2
        select (name[..^".weight".Length], (int)entry.Shape[0], (int)entry.Shape[1]);
}
