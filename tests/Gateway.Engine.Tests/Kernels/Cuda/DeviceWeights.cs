using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>Weights in buffers of their own.</summary>
internal sealed class DeviceWeights(DeviceBuffer values, DeviceBuffer? scales) : IDisposable
{
    public DeviceMatrix Matrix => new(values.Pointer, scales?.Pointer ?? default);

    /// <summary>Values of the backend's type.</summary>
    public static DeviceWeights Of(IGpu gpu, ElementType type, ReadOnlySpan<float> values) => new(gpu.ToDevice(type, values), null);

    public void Dispose()
    {
        values.Dispose();
        scales?.Dispose();
    }
}
