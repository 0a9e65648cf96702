using System.Numerics.Tensors;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>A linear layer in the host's memory.</summary>
internal sealed class CpuLinear(CpuMatrix weights, float[]? bias, CpuAdapters? adapters)
{
    /// <param name="backend">Has the matrices.</param>
    /// <param name="linear">The layer.</param>
    /// <param name="lowRankPlace">As <see cref="CpuAdapters.Of"/> takes it.</param>
    public CpuLinear(CpuBackend backend, Linear linear, int lowRankPlace = 0)
        : this(backend.Matrix(linear.Weight), linear.Bias, CpuAdapters.Of(linear.Adapters, lowRankPlace))
    {
    }

    public CpuMatrix Weights => weights;

    public int Outputs => weights.Rows;

    /// <summary>Null when no adapter adds anything.</summary>
    public CpuAdapters? Adapters => adapters;

    /// <summary>Room that its adapters take in <see cref="CpuInputs.LowRank"/>.</summary>
    public int LowRankWidth => adapters?.Rank ?? 0;

    /// <summary>
    /// As <see cref="CpuMatrix.Multiply"/>, with the bias added, and what adapters add to the vectors that are under one: those were taken through
    /// <see cref="CpuAdapters.Shrink"/> before.
    /// </summary>
    public void Apply(CpuInputs x, int first, int count, int from, int to, Span<float> y, int yStride)
    {
        weights.Multiply(x, first, count, from, to, y, yStride);
        for (var token = 0; bias is not null && token < count; token++)
        {
            var row = y.Slice(token * yStride, to - from);
            TensorPrimitives.Add(row, bias.AsSpan(from, row.Length), row);
        }

        if (adapters is not null && !x.Adapters.IsEmpty)
        {
            adapters.Expand(x, first, count, from, to, y, yStride);
        }
    }
}
