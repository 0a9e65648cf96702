using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuEmbedding(CpuBackend backend, CpuMatrix table) : IEmbedding
{
    public void Apply(IRows hidden)
    {
        var batch = backend.Batch;
        for (var token = 0; token < batch.TokenCount; token++)
        {
            table.CopyRow(batch.TokenIds[token], ((CpuRows)hidden).Row(token));
        }
    }
}
