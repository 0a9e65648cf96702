using System.Diagnostics;
using System.Globalization;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Native;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu;

public sealed class CpuTeamTests
{
    private const long Much = 1_000_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void For_ManyJobsOfAllSizes_ComputesEachItemOnce(int threads)
    {
        using var team = new CpuTeam(threads);
        var random = new Random(1);
        var work = new Counting(1000);
        for (var job = 0; job < 3000; job++)
        {
            var (count, alignment) = (random.Next(1, 1000), random.Next(1, 9));
            work.Begin(alignment);
            team.For(count, random.Next(2) == 0 ? Much : 0, alignment, work);
            Assert.Equal(count, work.Counts.AsSpan(0, count).Count(1));
            Assert.Equal(count, work.Counts.Sum());
            Assert.True(work.Aligned);
        }
    }

    [Fact]
    public void For_AfterItsThreadsFellAsleep_WakesThem()
    {
        using var team = new CpuTeam(2);
        var work = new Rendezvous(2);
        for (var round = 0; round < 3; round++)
        {
            Thread.Sleep(20);
            work.Begin();

            // Each of two pieces waits for the other to have begun, so both threads must come.
            team.For(2, Much, 1, work);
            Assert.Equal([0, 1], work.Members);
        }
    }

    [Fact]
    public void Idle_BurnsNoProcessorTime()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Threads are found in /proc.");
        using var team = new CpuTeam(4);
        var work = new Rendezvous(4);
        work.Begin();
        team.For(4, Much, 1, work);
        Thread.Sleep(100);
        var (before, watch) = (work.WorkerTime(), Stopwatch.StartNew());
        Thread.Sleep(300);
        var used = work.WorkerTime() - before;
        Assert.True(used < watch.Elapsed / 10, $"{used.TotalMilliseconds} ms of {watch.ElapsedMilliseconds}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void For_WorkThatThrows_TellsTheCallerAndGoesOn(int threads)
    {
        using var team = new CpuTeam(threads);
        var failing = new Failing();
        var work = new Counting(100);
        for (var round = 0; round < 50; round++)
        {
            var exception = Assert.Throws<FormatException>(() => team.For(100, Much, 1, failing));
            Assert.Equal("on purpose", exception.Message);
            work.Begin(1);
            team.For(100, Much, 1, work);
            Assert.Equal(100, work.Counts.Count(count => count == 1));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void For_FromWithinAWork_IsRefused(int threads)
    {
        using var team = new CpuTeam(threads);
        var nested = new Nested(team, new Counting(4));
        Assert.Contains("cannot hand work", Assert.Throws<InvalidOperationException>(() => team.For(4, Much, 1, nested)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot hand work", Assert.Throws<InvalidOperationException>(() => team.For(1, 0, 1, nested)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_FromTwoThreadsAtOnce_IsRefused()
    {
        using var team = new CpuTeam(1);
        var blocking = new Blocking();
        var first = Task.Run(() => team.For(1, 0, 1, blocking), TestContext.Current.CancellationToken);
        blocking.Begun.Wait(TestContext.Current.CancellationToken);
        var exception = Assert.Throws<InvalidOperationException>(() => team.For(1, 0, 1, new Counting(1)));
        Assert.Contains("one caller", exception.Message, StringComparison.Ordinal);
        blocking.MayEnd.Set();
        await first;
    }

    [Fact]
    public void Dispose_EndsTheThreads_AndTheTeamRefusesWork()
    {
        var team = new CpuTeam(3);
        var work = new Rendezvous(3);
        work.Begin();
        team.For(3, Much, 1, work);
        team.Dispose();
        team.Dispose();
        Assert.All(work.Threads.Where(thread => thread != Thread.CurrentThread), thread => Assert.False(thread.IsAlive));
        Assert.Throws<ObjectDisposedException>(() => team.For(1, 0, 1, work));
    }

    [Fact]
    public void For_SteadyState_AllocatesNothingInAnyThread()
    {
        using var team = new CpuTeam(2);
        var work = new Allocation(2);
        for (var job = 0; job < 10_000; job++)
        {
            team.For(64, Much, 1, work);
        }

        Assert.True(work.Calls[1] > 200, "the other thread hardly took part");
        Assert.All(work.Meters, meter => Assert.True(meter.LongestClean >= 100, $"At most {meter.LongestClean} calls in a row allocated nothing; {meter.Bytes} bytes in all."));
    }

    [Fact]
    public void Constructor_Pinned_KeepsEachThreadOnOneProcessor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pinning is for Linux.");
        var threads = ProcessorAffinity.Allowed().Length;
        using var team = new CpuTeam(threads, pin: true);
        var work = new Rendezvous(threads);
        work.Begin();
        team.For(threads, Much, 1, work);
        Assert.Equal(threads == 1 ? 0 : threads - 1, work.Processors.Where((_, member) => member > 0).Count(mask => mask.Length == 1));
        Assert.Equal(work.Processors.Skip(1).Select(mask => mask[0]).Distinct().Count(), threads - 1);
    }

    [Fact]
    public void Constructor_NoThread_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new CpuTeam(0));

    private sealed class Counting(int size) : ITeamWork
    {
        private int _alignment;

        public int[] Counts { get; } = new int[size];

        public bool Aligned { get; private set; }

        public void Begin(int alignment)
        {
            Array.Clear(Counts);
            (_alignment, Aligned) = (alignment, true);
        }

        public void Run(int from, int to)
        {
            Aligned &= _alignment == 0 || from % _alignment == 0;
            for (var i = from; i < to; i++)
            {
                Interlocked.Increment(ref Counts[i]);
            }
        }
    }

    /// <summary>Each item waits until all have begun: every thread gets one.</summary>
    private sealed class Rendezvous(int count) : ITeamWork
    {
        private readonly Thread[] _threads = new Thread[count];
        private readonly int[][] _processors = new int[count][];
        private readonly int[] _ids = new int[count];
        private int _begun;

        public Thread[] Threads => _threads;

        public int[][] Processors => _processors;

        public IEnumerable<int> Members => Enumerable.Range(0, count).Where(member => _threads[member] is not null);

        public void Begin()
        {
            _begun = 0;
            Array.Clear(_threads);
        }

        public void Run(int from, int to)
        {
            (_threads[CpuTeam.Member], _processors[CpuTeam.Member]) = (Thread.CurrentThread, ProcessorAffinity.Allowed());
            var self = new FileInfo("/proc/thread-self").LinkTarget;
            _ids[CpuTeam.Member] = self is null ? 0 : int.Parse(Path.GetFileName(self), CultureInfo.InvariantCulture);
            Interlocked.Increment(ref _begun);
            var watch = Stopwatch.StartNew();
            while (Volatile.Read(ref _begun) < count)
            {
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "nobody else came");
                Thread.Sleep(0);
            }
        }

        /// <summary>Processor time of the threads that are the team's own, together.</summary>
        public TimeSpan WorkerTime()
        {
            using var process = Process.GetCurrentProcess();
            return process.Threads.Cast<ProcessThread>().Where(thread => _ids.AsSpan(1).Contains(thread.Id))
                .Aggregate(TimeSpan.Zero, (sum, thread) => sum + thread.TotalProcessorTime);
        }
    }

    /// <summary>What each thread allocates from call to call.</summary>
    private sealed class Allocation(int threads) : ITeamWork
    {
        public int[] Calls { get; } = new int[threads];

        public AllocationMeter[] Meters { get; } = [.. Enumerable.Range(0, threads).Select(_ => new AllocationMeter())];

        public void Run(int from, int to)
        {
            var member = CpuTeam.Member;
            Calls[member]++;
            Meters[member].Mark();
            Thread.SpinWait(20);
        }
    }

    private sealed class Failing : ITeamWork
    {
        public void Run(int from, int to) => throw new FormatException("on purpose");
    }

    private sealed class Nested(CpuTeam team, ITeamWork inner) : ITeamWork
    {
        public void Run(int from, int to) => team.For(4, 0, 1, inner);
    }

    private sealed class Blocking : ITeamWork
    {
        public ManualResetEventSlim Begun { get; } = new();

        public ManualResetEventSlim MayEnd { get; } = new();

        public void Run(int from, int to)
        {
            Begun.Set();
            MayEnd.Wait(TimeSpan.FromSeconds(30));
        }
    }
}
