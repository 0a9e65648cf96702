using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Kernels.Cuda.Native;

namespace Gateway.Benchmarks.Gpu;

/// <summary>A device that, while asked to, takes the time of every launch and product.</summary>
internal sealed class ProfilingGpu(CudaGpu inner) : IGpu
{
    private readonly List<(string Name, nint Start, nint End)> _marks = [];
    private readonly HashSet<string> _known = [];
    private readonly List<RecordedLaunch> _launches = [];
    private bool _isOn;
    private bool _isRecording;

    public GpuProperties Properties => inner.Properties;

    public long FreeBytes => inner.FreeBytes;

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

    /// <summary>
    /// Runs <paramref name="work"/> once, then each different launch of it alone, many times in one graph; microseconds per launch, so
    /// without what launching costs the host.
    /// </summary>
    public List<(string What, int Count, double Microseconds)> Isolate(Action work)
    {
        const int Repeats = 100;
        List<(string, int, double)> times = [];
        foreach (var group in Record(work).GroupBy(launch => (launch.Kernel.Name, launch.Grid)))
        {
            var launch = group.First();
            using var graph = inner.Capture(() =>
            {
                for (var i = 0; i < Repeats; i++)
                {
                    inner.Launch(launch.Kernel, launch.Grid, launch.Block, launch.SharedBytes, launch.Arguments);
                }
            });
            inner.Replay(graph);
            var start = inner.RecordTimer();
            inner.Replay(graph);
            var end = inner.RecordTimer();
            inner.Synchronize();
            times.Add(($"{launch.Kernel.Name} {launch.Grid.X}x{launch.Grid.Y}x{launch.Grid.Z}", group.Count(), inner.Elapsed(start, end) * 1000 / Repeats));
            inner.FreeTimer(start);
            inner.FreeTimer(end);
        }

        return times;
    }

    /// <summary>Runs <paramref name="work"/> once; all launches of it, in order.</summary>
    public IReadOnlyList<RecordedLaunch> Record(Action work)
    {
        _launches.Clear();
        _isRecording = true;
        work();
        _isRecording = false;
        inner.Synchronize();
        return [.. _launches];
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

    public GpuKernel Kernel(string source, string name, int dynamicSharedBytes = 0)
    {
        var kernel = inner.Kernel(source, name, dynamicSharedBytes);
        if (_known.Add(name))
        {
            var (registers, local) = ((CudaKernel)kernel).Usage;
            Console.WriteLine($"# {name}: {registers} registers, {local} bytes of local memory");
        }

        return kernel;
    }

    public void Launch(GpuKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (_isRecording)
        {
            _launches.Add(new RecordedLaunch(kernel, grid, block, sharedBytes, arguments.ToArray()));
        }

        var start = Mark();
        inner.Launch(kernel, grid, block, sharedBytes, arguments);
        Mark(kernel.Name, start);
    }

    public int ResidentBlocks(GpuKernel kernel, Dim3 block, int sharedBytes) => inner.ResidentBlocks(kernel, block, sharedBytes);

    public void LaunchTogether(GpuKernel kernel, int blocks, Dim3 block, int sharedBytes, ReadOnlySpan<byte> parameter)
    {
        var start = Mark();
        inner.LaunchTogether(kernel, blocks, block, sharedBytes, parameter);
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
