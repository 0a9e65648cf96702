using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Kernels.Cuda.Native;

namespace Gateway.Benchmarks.Gpu;

/// <summary>A device that, while asked to, takes the time of every launch and product.</summary>
internal sealed class ProfilingGpu(CudaGpu inner) : IGpu
{
    private readonly List<(string Name, nint Start, nint End)> _marks = [];
    private bool _isOn;

    public GpuProperties Properties => inner.Properties;

    public void Start() => _isOn = true;

    public List<(string Name, int Count, double Milliseconds)> Stop()
    {
        _isOn = false;
        inner.Synchronize();
        var times = _marks.Select(mark => (mark.Name, Time: inner.Elapsed(mark.Start, mark.End))).ToList();
        foreach (var mark in _marks)
        {
            inner.FreeTimer(mark.Start);
            inner.FreeTimer(mark.End);
        }

        _marks.Clear();
        return [.. times.GroupBy(time => time.Name).Select(group => (group.Key, group.Count(), group.Sum(time => time.Time)))];
    }

    public DeviceBuffer Allocate(long byteCount) => inner.Allocate(byteCount);

    public void Free(DevicePointer pointer) => inner.Free(pointer);

    public PinnedBuffer AllocatePinned(long byteCount) => inner.AllocatePinned(byteCount);

    public void Upload(ReadOnlySpan<byte> source, DevicePointer destination) => inner.Upload(source, destination);

    public void CopyToDevice(PinnedBuffer source, long offset, DevicePointer destination, long byteCount) =>
        inner.CopyToDevice(source, offset, destination, byteCount);

    public void CopyToHost(DevicePointer source, PinnedBuffer destination, long offset, long byteCount) =>
        inner.CopyToHost(source, destination, offset, byteCount);

    public void Fill(DevicePointer destination, byte value, long byteCount) => inner.Fill(destination, value, byteCount);

    public GpuKernel Kernel(string source, string name, int dynamicSharedBytes = 0) => inner.Kernel(source, name, dynamicSharedBytes);

    public void Launch(GpuKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        var start = Mark();
        inner.Launch(kernel, grid, block, sharedBytes, arguments);
        Mark(kernel.Name, start);
    }

    public void Multiply(in DeviceProduct product)
    {
        var start = Mark();
        inner.Multiply(product);
        Mark($"cublasLt {product.M}x{product.N}x{product.K} batch {product.Batch}", start);
    }

    public GpuGraph Capture(Action work) => inner.Capture(work);

    public void Replay(GpuGraph graph) => inner.Replay(graph);

    public GpuEvent CreateEvent() => inner.CreateEvent();

    public void Record(GpuEvent @event) => inner.Record(@event);

    public void Synchronize() => inner.Synchronize();

    public void Dispose() => inner.Dispose();

    private nint Mark() => _isOn ? inner.RecordTimer() : 0;

    private void Mark(string name, nint start)
    {
        if (_isOn)
        {
            _marks.Add((name, start, inner.RecordTimer()));
        }
    }
}
