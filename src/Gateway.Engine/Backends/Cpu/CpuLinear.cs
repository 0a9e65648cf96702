using System.Numerics.Tensors;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>A linear layer in the host's memory.</summary>
internal sealed class CpuLinear(CpuMatrix weights, float[]? bias)
{
    public CpuLinear(CpuBackend backend, Linear linear)
        : this(backend.Matrix(linear.Weight), linear.Bias)
    {
    }

    public CpuMatrix Weights => weights;

    public int Outputs => weights.Rows;

    /// <summary>As <see cref="CpuMatrix.Multiply"/>, with the bias added.</summary>
    public void Apply(CpuInputs x, int first, int count, int from, int to, Span<float> y, int yStride)
    {
        weights.Multiply(x, first, count, from, to, y, yStride);
        for (var token = 0; bias is not null && token < count; token++)
        {
            var row = y.Slice(token * yStride, to - from);
            TensorPrimitives.Add(row, bias.AsSpan(from, row.Length), row);
        }
    }
}
