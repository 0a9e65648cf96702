using System.Diagnostics;
using System.Runtime.Intrinsics;
using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Benchmarks.Attention;

/// <summary>What the cores can do at most: multiply-adds in float32 on numbers that stay in registers.</summary>
internal sealed class Ceiling : ITeamWork
{
    private const int Rounds = 2_000_000;
    private const int Chains = 12;

    public float Sink { get; private set; }

    /// <summary>Multiply-adds per second of the whole team.</summary>
    public static double Measure(CpuTeam team)
    {
        var (work, best) = (new Ceiling(), 0.0);
        for (var round = 0; round < 4; round++)
        {
            var watch = Stopwatch.StartNew();
            team.For(team.Threads * 8, long.MaxValue / 2, 1, work);
            best = Math.Max(best, team.Threads * 8.0 * Rounds * Chains * 16 / watch.Elapsed.TotalSeconds);
        }

        return best;
    }

    public void Run(int from, int to)
    {
        for (var item = from; item < to; item++)
        {
            Sink = Once(1.0000001f);
        }
    }

    private static float Once(float factor)
    {
        var f = Vector512.Create(factor);
        Vector512<float> a = f, b = f, c = f, d = f, e = f, g = f, h = f, i = f, j = f, k = f, l = f, m = f;
        for (var round = 0; round < Rounds; round++)
        {
            a = Vector512.FusedMultiplyAdd(a, f, f);
            b = Vector512.FusedMultiplyAdd(b, f, f);
            c = Vector512.FusedMultiplyAdd(c, f, f);
            d = Vector512.FusedMultiplyAdd(d, f, f);
            e = Vector512.FusedMultiplyAdd(e, f, f);
            g = Vector512.FusedMultiplyAdd(g, f, f);
            h = Vector512.FusedMultiplyAdd(h, f, f);
            i = Vector512.FusedMultiplyAdd(i, f, f);
            j = Vector512.FusedMultiplyAdd(j, f, f);
            k = Vector512.FusedMultiplyAdd(k, f, f);
            l = Vector512.FusedMultiplyAdd(l, f, f);
            m = Vector512.FusedMultiplyAdd(m, f, f);
        }

        return Vector512.Sum(a + b + c + d + e + g + h + i + j + k + l + m);
    }
}
