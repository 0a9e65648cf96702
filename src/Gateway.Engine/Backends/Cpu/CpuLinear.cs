using System.Numerics.Tensors;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>A linear layer in the host's memory.</summary>
internal sealed class CpuLinear(WeightMatrix weights, float[]? bias)
{
    public CpuLinear(Linear linear)
        : this(linear.Weight.Read(), linear.Bias)
    {
    }

    public int Outputs => weights.Rows;

    public int Inputs => weights.Columns;

    /// <param name="team">Who does the work.</param>
    /// <param name="x">tokens vectors of <see cref="Inputs"/> values.</param>
    /// <param name="xStride">Distance between them.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="y">tokens vectors of <see cref="Outputs"/> values.</param>
    /// <param name="yStride">Distance between them.</param>
    public void Apply(CpuTeam team, ReadOnlyMemory<float> x, int xStride, int tokens, Memory<float> y, int yStride)
    {
        MatrixProduct.Multiply(team, x, xStride, tokens, weights, y, yStride);
        for (var token = 0; bias is not null && token < tokens; token++)
        {
            var row = y.Span.Slice(token * yStride, bias.Length);
            TensorPrimitives.Add(row, bias, row);
        }
    }
}
