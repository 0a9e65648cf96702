using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>
/// Passes everything on to another device and keeps a list of it. While a step is marked or a graph is captured, it refuses what would
/// stall the stream or invalidate a capture: to allocate, free, upload, look up a kernel or synchronise.
/// </summary>
internal sealed class RecordingGpu(IGpu inner) : IGpu
{
    private readonly List<RecordedCall> _calls = [];
    private readonly Dictionary<GpuGraph, IReadOnlyList<RecordedCall>> _graphs = [];
    private readonly HashSet<ulong> _buffers = [];
    private string? _quiet;

    public GpuProperties Properties => inner.Properties;

    public long FreeBytes => inner.FreeBytes;

    /// <summary>What was enqueued, in order; what was captured is under its graph instead.</summary>
    public IReadOnlyList<RecordedCall> Calls => _calls;

    /// <summary>Names of the kernels launched, in order.</summary>
    public IEnumerable<string> Kernels => _calls.OfType<RecordedCall.Launch>().Select(launch => launch.Kernel);

    /// <summary>Sources that kernels were asked of: those that would have been compiled.</summary>
    public HashSet<string> Sources { get; } = [];

    /// <summary>Buffers that were allocated through this and not freed.</summary>
    public int LiveBuffers => _buffers.Count;

    public IReadOnlyList<RecordedCall> CallsOf(GpuGraph graph) => _graphs[graph];

    /// <summary>From here to the end of the step nothing may stall the stream.</summary>
    public void BeginStep() => _quiet = "a step";

    public void EndStep() => _quiet = null;

    public DeviceBuffer Allocate(long byteCount)
    {
        Refuse(nameof(Allocate));
        var pointer = inner.Allocate(byteCount).Pointer;
        _buffers.Add(pointer.Address);
        return new DeviceBuffer(this, pointer, byteCount);
    }

    public void Free(DevicePointer pointer)
    {
        Refuse(nameof(Free));
        inner.Free(pointer);
        _buffers.Remove(pointer.Address);
    }

    public PinnedBuffer AllocatePinned(long byteCount)
    {
        Refuse(nameof(AllocatePinned));
        return inner.AllocatePinned(byteCount);
    }

    public void Upload(ReadOnlySpan<byte> source, DevicePointer destination)
    {
        Refuse(nameof(Upload));
        inner.Upload(source, destination);
    }

    public void CopyToDevice(PinnedBuffer source, long offset, DevicePointer destination, long byteCount)
    {
        inner.CopyToDevice(source, offset, destination, byteCount);
        _calls.Add(new RecordedCall.CopyToDevice(destination, byteCount));
    }

    public void CopyToHost(DevicePointer source, PinnedBuffer destination, long offset, long byteCount)
    {
        inner.CopyToHost(source, destination, offset, byteCount);
        _calls.Add(new RecordedCall.CopyToHost(source, byteCount));
    }

    public void Fill(DevicePointer destination, byte value, long byteCount)
    {
        inner.Fill(destination, value, byteCount);
        _calls.Add(new RecordedCall.Fill(destination, byteCount));
    }

    public GpuKernel Kernel(string source, string name, int dynamicSharedBytes = 0)
    {
        Refuse(nameof(Kernel));
        Sources.Add(source);
        return inner.Kernel(source, name, dynamicSharedBytes);
    }

    public void Launch(GpuKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        inner.Launch(kernel, grid, block, sharedBytes, arguments);
        _calls.Add(new RecordedCall.Launch(kernel.Name, grid, block, sharedBytes, arguments.ToArray()));
    }

    public int ResidentBlocks(GpuKernel kernel, Dim3 block, int sharedBytes)
    {
        Refuse(nameof(ResidentBlocks));
        return inner.ResidentBlocks(kernel, block, sharedBytes);
    }

    public void LaunchTogether(GpuKernel kernel, int blocks, Dim3 block, int sharedBytes, ReadOnlySpan<byte> parameter)
    {
        inner.LaunchTogether(kernel, blocks, block, sharedBytes, parameter);
        _calls.Add(new RecordedCall.LaunchTogether(kernel.Name, blocks, block, sharedBytes, parameter.ToArray()));
    }

    public void Multiply(in DeviceProduct product)
    {
        inner.Multiply(product);
        _calls.Add(new RecordedCall.Product(product));
    }

    public GpuGraph Capture(Action work)
    {
        Refuse(nameof(Capture));
        var start = _calls.Count;
        _quiet = "a capture";
        try
        {
            var graph = inner.Capture(work);
            _graphs[graph] = _calls[start..];
            return graph;
        }
        finally
        {
            _quiet = null;
            _calls.RemoveRange(start, _calls.Count - start);
        }
    }

    public void Replay(GpuGraph graph)
    {
        inner.Replay(graph);
        _calls.Add(new RecordedCall.Replay(graph));
    }

    public GpuEvent CreateEvent() => inner.CreateEvent();

    public void Record(GpuEvent @event) => inner.Record(@event);

    public void Synchronize()
    {
        Refuse(nameof(Synchronize));
        inner.Synchronize();
    }

    public void Dispose() => inner.Dispose();

    private void Refuse(string call)
    {
        if (_quiet is not null)
        {
            throw new GpuException($"{call} is called in the middle of {_quiet}.");
        }
    }
}
