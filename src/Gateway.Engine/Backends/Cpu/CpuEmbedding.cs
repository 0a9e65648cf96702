using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuEmbedding(CpuBackend backend, WeightMatrix table) : IEmbedding
{
    public void Apply(IRows hidden)
    {
        var batch = backend.Batch;
        for (var token = 0; token < batch.TokenCount; token++)
        {
            MatrixProduct.CopyRows(table, batch.TokenIds[token], 1, ((CpuRows)hidden).Row(token));
        }
    }
}
