using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>Host memory for copies to and from the emulated device; of undefined content (0xFF) at first.</summary>
internal sealed class EmulatedPinnedBuffer : PinnedBuffer
{
    private readonly byte[] _bytes;
    private bool _isDisposed;

    public EmulatedPinnedBuffer(long byteCount)
    {
        _bytes = new byte[byteCount];
        _bytes.AsSpan().Fill(0xFF);
    }

    public override long ByteCount => _bytes.Length;

    public override Span<T> AsSpan<T>()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return MemoryMarshal.Cast<byte, T>(_bytes.AsSpan());
    }

    public override void Dispose() => _isDisposed = true;
}
