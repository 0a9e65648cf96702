using System.Globalization;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Kernels.Cuda.Native;

namespace Gateway.Benchmarks.Gpu;

/// <summary>
/// What lies between the kernels of a step, each by itself: a launch in a graph, a barrier of all blocks of one launch, a read of memory that is in no
/// cache, and the same after a prefetch to the L2 cache.
/// </summary>
internal sealed class Launches : IDisposable
{
    private const string Source = "launches.cu";
    private const int Repeats = 40;
    private const long DataBytes = 4L << 30;

    // What is read next is so far from what was read before that nothing of it can be in the cache.
    private const long Apart = 100L << 20;

    private readonly CudaGpu _gpu = Device.Open();
    private readonly GpuKernel _empty;
    private readonly GpuKernel _barriers;
    private readonly GpuKernel _read;
    private readonly GpuKernel _prefetch;
    private readonly DeviceBuffer _data;
    private readonly DeviceBuffer _word;

    private Launches()
    {
        using var stream = typeof(Launches).Assembly.GetManifestResourceStream(Source)!;
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        (_empty, _barriers) = (_gpu.KernelOf(Source, text, "launch_empty"), _gpu.KernelOf(Source, text, "grid_barriers"));
        (_read, _prefetch) = (_gpu.KernelOf(Source, text, "read_once"), _gpu.KernelOf(Source, text, "prefetch_all"));
        (_data, _word) = (_gpu.Allocate(DataBytes), _gpu.Allocate(sizeof(int)));
        _gpu.Fill(_data.Pointer, 1, DataBytes);
        _gpu.Fill(_word.Pointer, 0, sizeof(int));
    }

    public static int Run()
    {
        using var launches = new Launches();
        launches.MeasureLaunches();
        launches.MeasureBarriers();
        launches.MeasureReads();
        return 0;
    }

    public void Dispose()
    {
        _gpu.Synchronize();
        _data.Dispose();
        _word.Dispose();
        _gpu.Dispose();
    }

    private int Multiprocessors => _gpu.Properties.Multiprocessors;

    private void MeasureLaunches()
    {
        foreach (var blocks in new[] { 1, Multiprocessors, 2 * Multiprocessors, 4 * Multiprocessors })
        {
            Print($"launch_{blocks}_us", Time(5 * Repeats, _ => _gpu.Launch(_empty, new Dim3(blocks), new Dim3(256), 0, default(DevicePointer))));
        }

        Print("launch_together_us", Time(5 * Repeats, _ => Barriers(2 * Multiprocessors, 0)));
    }

    private void MeasureBarriers()
    {
        foreach (var blocks in new[] { Multiprocessors, 2 * Multiprocessors })
        {
            var (few, many) = (Time(1, _ => Barriers(blocks, 100)), Time(1, _ => Barriers(blocks, 1100)));
            Print($"barrier_{blocks}_us", (many - few) / 1000);
        }
    }

    private void MeasureReads()
    {
        // All repeats of the least together are more than a cache holds, or the next replay would find them there.
        foreach (var megabytes in new[] { 4, 8, 15, 23, 46, 92 })
        {
            var bytes = (long)megabytes << 20;
            Print($"read_{megabytes}_mib_us", Time(Repeats, i => Read(i, bytes)));
            if (megabytes > 23)
            {
                // More than half of the L2 cache of a Hopper.
                continue;
            }

            Print($"prefetch_then_read_{megabytes}_mib_us", Time(Repeats, i =>
            {
                Prefetch(i, bytes);
                Read(i, bytes);
            }));

            // With so much in between that the prefetch is done: less the launches it is the read out of the cache.
            Print($"prefetch_10_launches_read_{megabytes}_mib_us", Time(Repeats, i =>
            {
                Prefetch(i, bytes);
                for (var launch = 0; launch < 10; launch++)
                {
                    _gpu.Launch(_empty, new Dim3(Multiprocessors), new Dim3(256), 0, default(DevicePointer));
                }

                Read(i, bytes);
            }));
        }
    }

    private static void Print(string name, double microseconds) =>
        Console.WriteLine($"RESULT {name} {microseconds.ToString("F2", CultureInfo.InvariantCulture)}");

    private DevicePointer Part(int i, long bytes) => _data.Pointer + (i * Math.Max(bytes, Apart) % (DataBytes - bytes) / Apart * Apart);

    private void Read(int i, long bytes) =>
        _gpu.Launch(_read, new Dim3(2 * Multiprocessors), new Dim3(512), 0, Part(i, bytes), bytes / 16, _word);

    private void Prefetch(int i, long bytes) => _gpu.Launch(_prefetch, new Dim3(Multiprocessors), new Dim3(128), 0, Part(i, bytes), bytes);

    private void Barriers(int blocks, long count)
    {
        ReadOnlySpan<ulong> run = [_word.Pointer.Address, (ulong)count];
        _gpu.LaunchTogether(_barriers, blocks, new Dim3(256), 0, MemoryMarshal.AsBytes(run));
    }

    /// <summary>Microseconds of <paramref name="work"/>, that often in one graph.</summary>
    private double Time(int repeats, Action<int> work)
    {
        const int Replays = 3;

        // Once without a recording, so that every kernel is loaded.
        work(0);
        using var graph = _gpu.Capture(() =>
        {
            for (var i = 0; i < repeats; i++)
            {
                work(i);
            }
        });
        _gpu.Replay(graph);
        var start = _gpu.RecordTimer();
        for (var i = 0; i < Replays; i++)
        {
            _gpu.Replay(graph);
        }

        var end = _gpu.RecordTimer();
        _gpu.Synchronize();
        var time = _gpu.Elapsed(start, end) * 1000 / repeats / Replays;
        _gpu.FreeTimer(start);
        _gpu.FreeTimer(end);
        return time;
    }
}
