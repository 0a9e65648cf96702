using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gateway.Engine.Kernels.Cpu.Native;

namespace Gateway.Engine.Benchmarking;

/// <summary>How fast this machine reads memory: what a single stream of tokens, which reads every weight once per token, can come to at most.</summary>
public static class ReadBandwidth
{
    private const int Rounds = 3;

    // Far beyond any cache.
    private const int BytesPerThread = 1 << 29;

    /// <summary>The best of several runs with that many threads, each reading its own half a GiB in one to sixteen interleaved streams; in bytes per second.</summary>
    /// <param name="threads">Number of threads, at least 1.</param>
    /// <param name="time">The clock.</param>
    public static double Measure(int threads, TimeProvider time)
    {
        var parts = new ulong[threads][];
        Run(threads, thread =>
        {
            // As weights are kept. Each thread touches its own memory first, so that it lies near to it.
            parts[thread] = GC.AllocateUninitializedArray<ulong>(BytesPerThread / sizeof(ulong), pinned: true);
            HugePages.Ask(Marshal.UnsafeAddrOfPinnedArrayElement(parts[thread], 0), BytesPerThread);
            parts[thread].AsSpan().Fill(1);
        });

        var best = 0.0;
        for (var streams = 1; streams <= 16; streams *= 2)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var start = time.GetTimestamp();
                Run(threads, thread => Consume(Sum(parts[thread], streams)));
                best = Math.Max(best, (double)threads * BytesPerThread / time.GetElapsedTime(start).TotalSeconds);
            }
        }

        return best;
    }

    private static void Run(int threads, Action<int> work)
    {
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(thread => new Thread(() => work(thread)))];
        foreach (var other in others)
        {
            other.Start();
        }

        work(0);
        foreach (var other in others)
        {
            other.Join();
        }
    }

    /// <summary>Reads everything, from so many places in turn. Two cache lines of each at a time.</summary>
    private static ulong Sum(ulong[] values, int streams)
    {
        var (width, length) = ((nuint)Vector512<ulong>.Count, (nuint)(values.Length / streams));
        ref var first = ref MemoryMarshal.GetArrayDataReference(values);
        var (even, odd) = (Vector512<ulong>.Zero, Vector512<ulong>.Zero);
        for (nuint i = 0; i < length; i += 2 * width)
        {
            for (nuint stream = 0; stream < (nuint)streams; stream++)
            {
                even += Vector512.LoadUnsafe(ref first, (stream * length) + i);
                odd += Vector512.LoadUnsafe(ref first, (stream * length) + i + width);
            }
        }

        return Vector512.Sum(even + odd);
    }

    /// <summary>What is read must be used, or the compiler may leave the reading out.</summary>
    private static void Consume(ulong sum)
    {
        if (sum != BytesPerThread / sizeof(ulong))
        {
            throw new InvalidOperationException("Memory does not hold what was written to it.");
        }
    }
}
