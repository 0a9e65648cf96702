using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>A device that is done with everything at once and computes nothing: all that the host reads is 0. For what the host itself does.</summary>
internal sealed class IdleGpu : IGpu
{
    private ulong _next = 1 << 20;

    public GpuProperties Properties { get; } = new("Idle", 9, 0, 132, 227 * 1024, 8L << 30);

    public long FreeBytes => Properties.TotalBytes;

    /// <summary>Called for each replay of a graph, on the thread that asks for it.</summary>
    public Action OnReplay { get; set; } = static () => { };

    /// <summary>Called for each launch, with its kernel and its grid.</summary>
    public Action<GpuKernel, Dim3> OnLaunch { get; set; } = static (_, _) => { };

    public DeviceBuffer Allocate(long byteCount)
    {
        var pointer = new DevicePointer(_next);
        _next += (ulong)(byteCount + 255) / 256 * 256;
        return new DeviceBuffer(this, pointer, byteCount);
    }

    public void Free(DevicePointer pointer)
    {
    }

    public PinnedBuffer AllocatePinned(long byteCount) => new ZeroedBuffer(byteCount);

    public void Upload(ReadOnlySpan<byte> source, DevicePointer destination)
    {
    }

    public void CopyToDevice(PinnedBuffer source, long offset, DevicePointer destination, long byteCount)
    {
    }

    public void CopyToHost(DevicePointer source, PinnedBuffer destination, long offset, long byteCount)
    {
    }

    public void Fill(DevicePointer destination, byte value, long byteCount)
    {
    }

    public GpuKernel Kernel(string source, string name, int dynamicSharedBytes = 0) => new IdleKernel(source, name);

    public void Launch(GpuKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments) => OnLaunch(kernel, grid);

    public int ResidentBlocks(GpuKernel kernel, Dim3 block, int sharedBytes) => Properties.Multiprocessors;

    public void LaunchTogether(GpuKernel kernel, int blocks, Dim3 block, int sharedBytes, ReadOnlySpan<byte> parameter)
    {
    }

    public void Multiply(in DeviceProduct product)
    {
    }

    public GpuGraph Capture(Action work)
    {
        work();
        return new IdleGraph();
    }

    public void Replay(GpuGraph graph) => OnReplay();

    public GpuEvent CreateEvent() => new IdleEvent();

    public void Record(GpuEvent @event)
    {
    }

    public void Synchronize()
    {
    }

    public void Dispose()
    {
    }

    private sealed class ZeroedBuffer(long byteCount) : PinnedBuffer
    {
        private readonly byte[] _bytes = new byte[byteCount];

        public override long ByteCount => _bytes.Length;

        public override Span<T> AsSpan<T>() => MemoryMarshal.Cast<byte, T>(_bytes.AsSpan());

        public override void Dispose()
        {
        }
    }

    private sealed class IdleKernel(string source, string name) : GpuKernel(source, name);

    private sealed class IdleGraph : GpuGraph
    {
        public override void Dispose()
        {
        }
    }

    private sealed class IdleEvent : GpuEvent
    {
        public override void Synchronize()
        {
        }

        public override void Dispose()
        {
        }
    }
}
