using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Backends.Cuda;

internal sealed class CudaGroupedAttention(
    CudaBackend backend, GroupedAttentionShape shape, HeadNorms? norms, GroupedAttentionKernels kernels, CudaAngles angles) : IGroupedAttention
{
    private readonly DevicePointer _queryNorm = norms is null ? default : backend.Weights.Single(norms.Query);
    private readonly DevicePointer _keyNorm = norms is null ? default : backend.Weights.Single(norms.Key);

    public void Apply(IRows projected, IRows attended)
    {
        var (step, tokens, cache) = (backend.Step, backend.Tokens(angles), backend.Cache.Layer(shape.Layer));
        var (rows, stride, output) = (((CudaRows)projected).Pointer, projected.Columns, ((CudaRows)attended).Pointer);
        kernels.WriteKeysValues(tokens, rows, stride, _queryNorm, _keyNorm, cache);
        if (step.AttendTokens > 0)
        {
            kernels.Attend(tokens.Slice(0, step.AttendTokens, shape.HeadDimension), step.MaxContext, rows, stride, cache, output);
        }

        if (step.WholeSlabs is { Count: > 0 } whole)
        {
            kernels.Prefill(step.Slabs(whole), whole.Count, whole.MaxTokens, step.BlockTables, step.MaxBlocks, rows, stride, cache, output);
        }
    }
}
