namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Host memory that does not move or swap, so that the device can copy from and to it while the host goes on.</summary>
internal abstract class PinnedBuffer : IDisposable
{
    public abstract long ByteCount { get; }

    /// <summary>The memory. Whoever writes it must know that no copy from it is under way.</summary>
    public abstract Span<T> AsSpan<T>()
        where T : unmanaged;

    public abstract void Dispose();
}
