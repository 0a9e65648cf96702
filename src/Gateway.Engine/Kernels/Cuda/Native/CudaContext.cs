using System.Text;

namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>The primary context of a device. A context is current per thread: every public entry calls <see cref="Enter"/>.</summary>
internal sealed unsafe class CudaContext : IDisposable
{
    [ThreadStatic]
    private static nint _current;

    private readonly int _device;
    private readonly nint _handle;

    /// <exception cref="GpuException">There is no such device, or its driver does not answer.</exception>
    public CudaContext(int ordinal)
    {
        DriverApi.Check(DriverApi.Init(0), "cuInit");
        DriverApi.Check(DriverApi.DriverGetVersion(out var version), "cuDriverGetVersion");
        DriverApi.Check(DriverApi.DeviceGetCount(out var count), "cuDeviceGetCount");
        if (ordinal >= count)
        {
            throw new GpuException($"There is no CUDA device {ordinal}: the driver knows {count}. Check CUDA_VISIBLE_DEVICES.");
        }

        DriverApi.Check(DriverApi.DeviceGet(out _device, ordinal), "cuDeviceGet");
        DriverVersion = version;
        Properties = ReadProperties(_device);
        if (Properties.ComputeMajor < 8)
        {
            throw new GpuException(
                $"{Properties.Name} has compute capability {Properties.ComputeMajor}.{Properties.ComputeMinor}; at least 8.0 (Ampere) is needed.");
        }

        DriverApi.Check(DriverApi.PrimaryContextRetain(out _handle, _device), "cuDevicePrimaryCtxRetain");
        Enter();
    }

    /// <summary>As the driver counts: 13000 for CUDA 13.0.</summary>
    public int DriverVersion { get; }

    public GpuProperties Properties { get; }

    /// <summary>Makes the context current on this thread.</summary>
    public void Enter()
    {
        if (_current != _handle)
        {
            DriverApi.Check(DriverApi.ContextSetCurrent(_handle), "cuCtxSetCurrent");
            _current = _handle;
        }
    }

    public void Dispose() => DriverApi.Check(DriverApi.PrimaryContextRelease(_device), "cuDevicePrimaryCtxRelease");

    private static GpuProperties ReadProperties(int device)
    {
        var name = stackalloc byte[256];
        DriverApi.Check(DriverApi.DeviceGetName(name, 256, device), "cuDeviceGetName");
        DriverApi.Check(DriverApi.DeviceTotalMemory(out var bytes, device), "cuDeviceTotalMem");
        return new GpuProperties(
            Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)),
            Attribute(device, DriverApi.AttributeComputeMajor),
            Attribute(device, DriverApi.AttributeComputeMinor),
            Attribute(device, DriverApi.AttributeMultiprocessors),
            Attribute(device, DriverApi.AttributeMaxSharedOptIn),
            (long)bytes);
    }

    private static int Attribute(int device, int attribute)
    {
        DriverApi.Check(DriverApi.DeviceGetAttribute(out var value, attribute, device), "cuDeviceGetAttribute");
        return value;
    }
}
