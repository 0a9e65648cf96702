using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>Arrays to a device and back.</summary>
internal static class GpuTestExtensions
{
    /// <summary>A new buffer with these values.</summary>
    public static DeviceBuffer ToDevice<T>(this IGpu gpu, params ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var buffer = gpu.Allocate(Math.Max(1, MemoryMarshal.AsBytes(values).Length));
        gpu.Upload(MemoryMarshal.AsBytes(values), buffer.Pointer);
        return buffer;
    }

    /// <summary>A new buffer with these values, rounded where the type is bfloat16.</summary>
    public static DeviceBuffer ToDevice(this IGpu gpu, ElementType type, ReadOnlySpan<float> values)
        => type == ElementType.Float32 ? gpu.ToDevice<float>(values) : gpu.ToDevice<ushort>(BFloat16Bits.FromSingles(values));

    /// <summary>A new buffer of undefined content.</summary>
    public static DeviceBuffer Allocate(this IGpu gpu, ElementType type, long count)
        => gpu.Allocate(count * (type == ElementType.Float32 ? sizeof(float) : sizeof(ushort)));

    /// <summary>Waits for the device and reads a buffer's first values.</summary>
    public static T[] ToHost<T>(this IGpu gpu, DeviceBuffer buffer, int count)
        where T : unmanaged => gpu.ToHost<T>(buffer.Pointer, count);

    /// <summary>Waits for the device and reads values.</summary>
    public static T[] ToHost<T>(this IGpu gpu, DevicePointer pointer, int count)
        where T : unmanaged
    {
        var bytes = count * Marshal.SizeOf<T>();
        using var pinned = gpu.AllocatePinned(bytes);
        gpu.CopyToHost(pointer, pinned, 0, bytes);
        gpu.Synchronize();
        return pinned.AsSpan<T>().ToArray();
    }

    /// <summary>Waits for the device and reads a buffer's first values, widened where the type is bfloat16.</summary>
    public static float[] ToHost(this IGpu gpu, ElementType type, DeviceBuffer buffer, int count)
        => type == ElementType.Float32 ? gpu.ToHost<float>(buffer, count) : BFloat16Bits.ToSingles(gpu.ToHost<ushort>(buffer, count));
}
