using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>What adapters add to one linear layer, in device memory.</summary>
internal sealed class CudaAdapters
{
    private readonly CudaBackend _backend;
    private readonly CudaPairs _pairs;
    private readonly int _inputs;
    private readonly int _outputs;

    private CudaAdapters(CudaBackend backend, ModuleAdapters adapters)
    {
        (_backend, _pairs) = (backend, new CudaPairs(backend, [adapters]));
        var some = adapters.ByNumber.OfType<LoraPair>().First();
        (_inputs, _outputs) = (some.Inputs, some.Outputs);
        backend.Scratch.ReserveBytes(CudaPairs.LowRank, (long)backend.MaxTokens * _pairs.MaxRank * sizeof(float));
    }

    /// <summary>For kernels that apply them in a form of their own.</summary>
    public DeviceAdapters OfStep => _pairs.OfStep;

    /// <returns>Null when no adapter adds anything.</returns>
    public static CudaAdapters? Of(CudaBackend backend, ModuleAdapters adapters) => adapters.IsEmpty ? null : new CudaAdapters(backend, adapters);

    /// <summary>y += B · (A · x) for all tokens of the step that are under one.</summary>
    /// <param name="x">The backend's type, [tokens, inputs].</param>
    /// <param name="y">[tokens, outputs], rows <paramref name="yStride"/> elements apart.</param>
    /// <param name="yType">The backend's type, or float32: the residual stream.</param>
    /// <param name="yStride">Elements from one token's outputs to the next's.</param>
    public void Add(DevicePointer x, DevicePointer y, ElementType yType, long yStride) =>
        _backend.Adapters.Add(OfStep, _backend.Step.Tokens, x, _inputs, _backend.Scratch[CudaPairs.LowRank], y, yType, yStride, _outputs);
}
