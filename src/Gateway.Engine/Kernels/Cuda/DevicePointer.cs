namespace Gateway.Engine.Kernels.Cuda;

/// <summary>An address in a device's memory; the default is null.</summary>
internal readonly record struct DevicePointer(ulong Address)
{
    public bool IsNull => Address == 0;

    public static DevicePointer operator +(DevicePointer pointer, long bytes) => new(pointer.Address + (ulong)bytes);
}
