using Gateway.Engine.Kernels.Cpu.Attention;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>With both halves in one matrix, whose rows are widened: W_UK lies the wrong way round for products of rows.</summary>
/// <param name="workspace">Scratch memory.</param>
/// <param name="weights">Per head the rows of W_UK, then those of W_UV.</param>
internal sealed class JoinedLatentProducts(CpuLatentWorkspace workspace, WeightMatrix weights) : ILatentProducts
{
    private readonly LatentAttentionShape _shape = workspace.Shape;

    public void Absorb(int head, ReadOnlySpan<float> x, int xStride, int tokens, RowBlock y)
    {
        var first = head * _shape.RowsPerHead;
        workspace.Product.Absorb(weights, first, first + _shape.NopeDimension, x, xStride, tokens, y);
    }

    public void Expand(int head, RowBlock x, int tokens, Span<float> y, int yStride)
    {
        var first = (head * _shape.RowsPerHead) + _shape.NopeDimension;
        workspace.Product.Expand(weights, first, first + _shape.ValueDimension, x, tokens, y, yStride);
    }
}
