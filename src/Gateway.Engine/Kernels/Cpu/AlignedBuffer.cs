using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// Memory that does not move and begins at a cache line, so that kernels keep addresses in it and no vector of 64 bytes straddles two
/// lines. Not initialised.
/// </summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    /// <summary>Bytes of a cache line, and of the widest vector.</summary>
    public const int Alignment = 64;

    private void* _memory;

    /// <param name="bytes">At least 0.</param>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public AlignedBuffer(long bytes)
    {
        Bytes = bytes;
        _memory = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), Alignment);
    }

    ~AlignedBuffer() => Free();

    public long Bytes { get; }

    public nint Address => (nint)_memory;

    /// <summary>A buffer of that many floats.</summary>
    public static AlignedBuffer OfFloats(long count) => new(count * sizeof(float));

    /// <summary>A part of the buffer as floats.</summary>
    public Span<float> Floats(long first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((first + count) * sizeof(float), Bytes);
        return new((float*)_memory + first, count);
    }

    /// <summary>Sets all of it to 0.</summary>
    public void Clear() => NativeMemory.Clear(_memory, (nuint)Bytes);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
