using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>Rows of the tensors of a checkpoint in bfloat16, as float32.</summary>
internal sealed class CheckpointRows(ICheckpoint checkpoint)
{
    public void Read(TensorEntry entry, long firstRow, Span<float> destination)
    {
        var bits = new ushort[destination.Length];
        checkpoint.ReadRows(entry, firstRow, MemoryMarshal.AsBytes(bits.AsSpan()));
        Widening.Widen(bits, WeightFormat.BFloat16, destination);
    }
}
