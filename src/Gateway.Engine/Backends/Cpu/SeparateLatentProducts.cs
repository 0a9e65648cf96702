using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>With the halves apart, each the right way round: products like those of any linear layer, with a matrix per head and half.</summary>
internal sealed class SeparateLatentProducts : ILatentProducts
{
    private readonly CpuLatentWorkspace _workspace;
    private readonly CpuMatrix[] _keys;
    private readonly CpuMatrix[] _values;

    /// <param name="workspace">Scratch memory.</param>
    /// <param name="keys">W_UKᵀ of all heads, [heads · latent, key].</param>
    /// <param name="values">W_UV of all heads, [heads · value, latent].</param>
    /// <param name="kernels">Multiply them.</param>
    public SeparateLatentProducts(CpuLatentWorkspace workspace, WeightMatrix keys, WeightMatrix values, CpuKernelSet kernels)
    {
        _workspace = workspace;
        (_keys, _values) = (Heads(keys), Heads(values));
        workspace.Reserve(_keys[0]);
        workspace.Reserve(_values[0]);

        CpuMatrix[] Heads(WeightMatrix weights)
        {
            var rows = weights.Rows / workspace.Shape.Heads;
            return [.. Enumerable.Range(0, workspace.Shape.Heads).Select(head => kernels.Matrix(weights.Slice(head * rows, rows)))];
        }
    }

    public void Absorb(int head, ReadOnlySpan<float> x, int xStride, int tokens, RowBlock y)
    {
        var (matrix, inputs) = (_keys[head], _workspace.Inputs);
        inputs.Begin(matrix.Columns, matrix.Reads);
        for (var token = 0; token < tokens; token++)
        {
            inputs.Store(token, 0, x.Slice(token * xStride, matrix.Columns));
        }

        matrix.Multiply(inputs, 0, tokens, 0, matrix.Rows, y.Span(tokens, matrix.Rows), y.TokenStride);
    }

    public void Expand(int head, RowBlock x, int tokens, Span<float> y, int yStride)
    {
        var (matrix, inputs) = (_values[head], _workspace.Inputs);
        inputs.Begin(matrix.Columns, matrix.Reads);
        ReadOnlySpan<float> vectors = x.Span(tokens, matrix.Columns);
        for (var token = 0; token < tokens; token++)
        {
            inputs.Store(token, 0, vectors.Slice(token * x.TokenStride, matrix.Columns));
        }

        matrix.Multiply(inputs, 0, tokens, 0, matrix.Rows, y, yStride);
    }
}
