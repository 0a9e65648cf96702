using System.Diagnostics;
using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Benchmarks.Attention;

/// <summary>What it costs to hand work to the team and to wait for its end, where the work itself is next to nothing.</summary>
internal sealed class HandOver : ITeamWork
{
    private const int Calls = 20_000;

    public static void Report(CpuTeam team)
    {
        var work = new HandOver();
        var options = new ParallelOptions { MaxDegreeOfParallelism = team.Threads };
        for (var round = 0; round < 2; round++)
        {
            var shared = Time(() => team.For(team.Threads * 4, long.MaxValue / 2, 1, work));
            var alone = Time(() => team.For(team.Threads * 4, 0, 1, work));
            var parallel = Time(() => Parallel.For(0, team.Threads * 4, options, static _ => { }));
            if (round == 1)
            {
                Console.WriteLine($"hand-over, {team.Threads} threads: {shared:F2} us shared, {alone:F3} us not shared, Parallel.For {parallel:F2} us");
            }
        }
    }

    public void Run(int from, int to)
    {
    }

    private static double Time(Action action)
    {
        var watch = Stopwatch.StartNew();
        for (var call = 0; call < Calls; call++)
        {
            action();
        }

        return watch.Elapsed.TotalMicroseconds / Calls;
    }
}
