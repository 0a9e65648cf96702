namespace Gateway.Engine.Kernels.Cuda;

/// <summary>One argument of a kernel in a slot of eight bytes; shorter ones lie in its lower bytes.</summary>
internal readonly record struct KernelArgument(ulong Bits)
{
    public static implicit operator KernelArgument(DevicePointer pointer) => new(pointer.Address);

    public static implicit operator KernelArgument(DeviceBuffer buffer) => new(buffer.Pointer.Address);

    public static implicit operator KernelArgument(int value) => new((uint)value);

    public static implicit operator KernelArgument(long value) => new((ulong)value);

    public static implicit operator KernelArgument(float value) => new(BitConverter.SingleToUInt32Bits(value));
}
