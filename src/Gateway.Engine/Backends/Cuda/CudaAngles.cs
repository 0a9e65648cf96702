using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>Cosines and sines of a step's positions on the device, computed once for all layers that turn alike.</summary>
internal sealed class CudaAngles(IGpu gpu, CudaWeights weights, RotaryEmbedding rotary, int maxTokens) : IDisposable
{
    private readonly int _pairs = rotary.InverseFrequencies.Length;
    private readonly DevicePointer _frequencies = weights.Single(rotary.InverseFrequencies);
    private readonly DeviceBuffer _cos = gpu.Allocate((long)maxTokens * rotary.InverseFrequencies.Length * sizeof(float));
    private readonly DeviceBuffer _sin = gpu.Allocate((long)maxTokens * rotary.InverseFrequencies.Length * sizeof(float));

    public RotaryEmbedding Rotary => rotary;

    public DevicePointer Cos => _cos.Pointer;

    public DevicePointer Sin => _sin.Pointer;

    public void Fill(ElementwiseKernels kernels, DevicePointer positions, int tokens) =>
        kernels.RopeTables(positions, _frequencies, Cos, Sin, tokens, _pairs, rotary.Multiplier);

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
