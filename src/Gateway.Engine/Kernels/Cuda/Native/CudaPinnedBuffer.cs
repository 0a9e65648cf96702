
namespace Gateway.Engine.Kernels.Cuda.Native;

internal sealed unsafe class CudaPinnedBuffer : PinnedBuffer
{
    private readonly CudaContext _context;
    private nint _pointer;

    public CudaPinnedBuffer(CudaContext context, long byteCount)
    {
        (_context, ByteCount) = (context, byteCount);
        context.Enter();
        DriverApi.Check(DriverApi.HostAllocate(out _pointer, (nuint)byteCount, 0), "cuMemHostAlloc");
    }

    public override long ByteCount { get; }

    public override Span<T> AsSpan<T>() =>
        _pointer != 0 ? new Span<T>((void*)_pointer, checked((int)(ByteCount / sizeof(T)))) : throw new ObjectDisposedException(nameof(CudaPinnedBuffer));

    /// <summary>Address of the byte at <paramref name="offset"/>, with <paramref name="byteCount"/> bytes behind it.</summary>
    public nint Address(long offset, long byteCount)
    {
        ObjectDisposedException.ThrowIf(_pointer == 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteCount, ByteCount - offset);
        return _pointer + (nint)offset;
    }

    public override void Dispose()
    {
        if (_pointer != 0)
        {
            _context.Enter();
            DriverApi.Check(DriverApi.HostFree(_pointer), "cuMemFreeHost");
            _pointer = 0;
        }
    }
}
