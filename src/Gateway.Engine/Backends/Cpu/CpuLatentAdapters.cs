using System.Runtime.CompilerServices;
using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>
/// What adapters add to a latent's expansion in its absorbed form. kv_b_proj + s·B·A splits by its rows into W_UK + s·B_UK·A and
/// W_UV + s·B_UV·A, so a head's query gets s·Aᵀ·(B_UKᵀ·q) and its value s·B_UV·(A·c), through the low rank in both directions: exact, and no
/// matrix of the model is touched.
/// </summary>
internal sealed class CpuLatentAdapters(LatentAttentionShape shape, ModuleAdapters adapters)
{
    private readonly CpuLoraPair?[] _byNumber = [.. adapters.ByNumber.Select(pair => pair is null ? null : new CpuLoraPair(pair))];

    /// <summary>y += s·Aᵀ·(B_UKᵀ·x)</summary>
    /// <param name="adapter">Its number; 0 adds nothing.</param>
    /// <param name="head">The head.</param>
    /// <param name="x">The channels of its query that come from the latent.</param>
    /// <param name="y">The query in the latent's space.</param>
    [SkipLocalsInit]
    public void Absorb(int adapter, int head, ReadOnlySpan<float> x, Span<float> y)
    {
        if (_byNumber[adapter] is not { } pair)
        {
            return;
        }

        Span<float> low = stackalloc float[LoraAdapter.MaxRank];
        low = low[..pair.Rank];
        for (var row = 0; row < pair.Rank; row++)
        {
            low[row] = DotProducts.Dot(pair.Up.AsSpan((row * pair.Outputs) + (head * shape.RowsPerHead), shape.NopeDimension), x);
        }

        WeightedSum.Add(pair.A, pair.Inputs, low, y);
    }

    /// <summary>y += s·B_UV·(A·x)</summary>
    /// <param name="adapter">Its number; 0 adds nothing.</param>
    /// <param name="head">The head.</param>
    /// <param name="x">A vector of the latent's space.</param>
    /// <param name="y">The channels of the head's value.</param>
    [SkipLocalsInit]
    public void Expand(int adapter, int head, ReadOnlySpan<float> x, Span<float> y)
    {
        if (_byNumber[adapter] is not { } pair)
        {
            return;
        }

        Span<float> low = stackalloc float[LoraAdapter.MaxRank];
        low = low[..pair.Rank];
        DotProducts.Multiply(pair.A, pair.Rank, pair.Inputs, x, x.Length, 1, low, pair.Rank);
        WeightedSum.Add(pair.Up.AsSpan((head * shape.RowsPerHead) + shape.NopeDimension), pair.Outputs, low, y);
    }
}
