using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cuda;

internal sealed class CudaEmbedding(CudaBackend backend, WeightSource source) : IEmbedding
{
    private readonly DevicePointer _table = backend.Weights.Matrix(source);
    private readonly int _vocabulary = source.Rows;

    public void Apply(IRows hidden) => backend.Elementwise.Embed(
        _table, backend.Step.TokenIds, ((CudaRows)hidden).Pointer, backend.Step.Tokens, hidden.Columns, _vocabulary);
}
