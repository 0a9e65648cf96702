using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>
/// What expands a latent to the keys and values of all heads (W_UK and W_UV): kv_b_proj as Hugging Face checkpoints have it, or the two halves
/// apart as GGUF files do, the first of them transposed.
/// </summary>
internal sealed record LatentExpansion
{
    private LatentExpansion(WeightSource joined, (WeightSource Keys, WeightSource Values)? halves) => (Joined, Halves) = (joined, halves);

    /// <param name="joined">As <see cref="Joined"/> has it.</param>
    public LatentExpansion(WeightSource joined)
        : this(joined, null)
    {
    }

    /// <summary>
    /// Per head the rows that expand the latent to a key, then those to a value: [heads · (key + value), latent]. Where the checkpoint has the
    /// halves apart, it is put together in float32 when it is read.
    /// </summary>
    public WeightSource Joined { get; }

    /// <summary>
    /// Where the checkpoint has them apart, in the form that it has them in: [heads · latent, key], which takes a query into the latent's
    /// space, and [heads · value, latent].
    /// </summary>
    public (WeightSource Keys, WeightSource Values)? Halves { get; }

    /// <summary>What adapters add to kv_b_proj, whatever form the checkpoint has it in: their B has the rows of <see cref="Joined"/>.</summary>
    public ModuleAdapters Adapters { get; private init; } = ModuleAdapters.None;

    /// <param name="ledger">Has the weights.</param>
    /// <param name="name">What the tensors' names begin with.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="key">Channels of a key that come from the latent.</param>
    /// <param name="value">Channels of a value.</param>
    /// <param name="rank">Width of the latent.</param>
    public static LatentExpansion Load(WeightLedger ledger, string name, int heads, int key, int value, int rank)
    {
        var adapters = ledger.Adapters.Take(name + "kv_b_proj", heads * (key + value), rank);
        if (!ledger.Contains(name + "k_b_proj.weight"))
        {
            return new LatentExpansion(ledger.Matrix(name + "kv_b_proj.weight", heads * (key + value), rank)) { Adapters = adapters };
        }

        var keys = ledger.Matrix(name + "k_b_proj.weight", heads * rank, key);
        var values = ledger.Matrix(name + "v_b_proj.weight", heads * value, rank);
        var joined = new WeightSource(name + "kv_b_proj.weight", heads * (key + value), rank, WeightFormat.Float32, () => Join(keys.Read(), values.Read(), heads));
        return new LatentExpansion(joined, (keys, values)) { Adapters = adapters };
    }

    private static WeightMatrix Join(WeightMatrix keys, WeightMatrix values, int heads)
    {
        var (rank, key, value) = (values.Columns, keys.Columns, values.Rows / heads);
        var joined = new float[heads * (key + value) * rank];
        var transposed = new float[rank * key];
        for (var head = 0; head < heads; head++)
        {
            WeightRows.CopyWidened(keys, head * rank, rank, transposed);
            var rows = joined.AsSpan(head * (key + value) * rank, (key + value) * rank);
            for (var row = 0; row < key; row++)
            {
                for (var column = 0; column < rank; column++)
                {
                    rows[(row * rank) + column] = transposed[(column * key) + row];
                }
            }

            WeightRows.CopyWidened(values, head * value, value, rows[(key * rank)..]);
        }

        return WeightMatrix.FromSingle(heads * (key + value), rank, joined);
    }
}
