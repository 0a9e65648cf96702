using System.Diagnostics;
using System.Runtime.Intrinsics;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Panels;
using Gateway.Engine.Weights;

namespace Gateway.Benchmarks.Kernels;

internal static unsafe class Program
{
    private const int Rows = 2816, Columns = 2048;

    private static void Main(string[] args)
    {
        var threads = int.Parse(args[0]);
        var format = args[1] == "q4" ? WeightFormat.Q4_0 : WeightFormat.Q8_0;
        var names = args[2].Split(',');
        var tokenCounts = args[3].Split(',').Select(int.Parse).ToArray();
        var count = int.Parse(args[4]);
        using var team = new CpuTeam(threads);
        var random = new Random(1);
        var layout = WeightLayout.Of(format);
        var bytes = new byte[Rows * layout.RowBytes(Columns)];
        random.NextBytes(bytes);
        for (var i = 0; i < bytes.Length; i += layout.BlockBytes)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i), (Half)(0.001 + random.NextDouble() * 0.01));
        }

        var source = WeightMatrix.FromBlocks(Rows, Columns, format, bytes);
        var matrices = Enumerable.Range(0, count).Select(_ => PanelMatrix.Pack(source, PanelMatrix.CodesOf(format)!.Value, new VnniPanelKernel())).ToArray();
        var packed = (double)matrices[0].Panels * PanelLayout.Steps(Columns) * PanelLayout.StepBytes(matrices[0].Codes);
        var read = new Read(matrices);
        for (var i = 0; i < 3; i++)
        {
            var t = Stopwatch.GetTimestamp();
            team.For(matrices.Length, long.MaxValue, 1, read);
            Console.WriteLine($"raw read {packed * count / Stopwatch.GetElapsedTime(t).TotalSeconds / 1e9:F1} GB/s");
        }

        foreach (var name in names)
        {
            PanelKernel kernel = name switch { "portable" => new PortablePanelKernel(), "avx2" => new Avx2PanelKernel(), "avx512" => new Avx512PanelKernel(), _ => new VnniPanelKernel() };
            foreach (var tokens in tokenCounts)
            {
                var x = new QuantizedRows(kernel.SplitsInputs);
                x.Reserve(tokens, Columns);
                x.Begin(Columns);
                for (var row = 0; row < tokens; row++)
                {
                    x.Set(row, 0, Enumerable.Range(0, Columns).Select(_ => random.NextSingle() - 0.5f).ToArray());
                }

                var work = new Work(kernel, x, tokens, new float[tokens * Rows]);
                var best = double.MaxValue;
                var used = Math.Max(2, Math.Min(count, 4000 / tokens));
                double sum = 0;
                var rounds = 0;
                for (var round = 0; round < 6; round++)
                {
                    var t = Stopwatch.GetTimestamp();
                    for (var i = 0; i < used; i++)
                    {
                        work.Matrix = matrices[i];
                        team.For(Rows, long.MaxValue, 32, work);
                    }

                    var s = Stopwatch.GetElapsedTime(t).TotalSeconds / used;
                    best = Math.Min(best, s);
                    sum += s;
                    rounds++;
                }

                Console.WriteLine($"{name,9} {tokens,4} tokens: best {packed / best / 1e9,6:F1} GB/s {2.0 * Rows * Columns * tokens / best / 1e9,7:F0} GOP/s  mean {packed / (sum / rounds) / 1e9,6:F1} GB/s {2.0 * Rows * Columns * tokens / (sum / rounds) / 1e9,7:F0} GOP/s");
            }
        }
    }

    private sealed class Work(PanelKernel kernel, QuantizedRows x, int tokens, float[] y) : ITeamWork
    {
        public PanelMatrix Matrix = null!;

        public void Run(int from, int to) => PanelProduct.Multiply(kernel, Matrix, x, 0, tokens, from, to, y.AsSpan(from), Rows);
    }

    private sealed class Read(PanelMatrix[] matrices) : ITeamWork
    {
        public float Sum;

        public void Run(int from, int to)
        {
            Vector512<int> a = default, b = default, c = default, d = default;
            for (var m = from; m < to; m++)
            {
                var bytes = (long)matrices[m].Panels * PanelLayout.Steps(Columns) * PanelLayout.StepBytes(matrices[m].Codes) / 256 * 64;
                var p = (byte*)matrices[m].Step(0, 0);
                for (var i = 0L; i < bytes; i += 64)
                {
                    a ^= Vector512.Load((int*)(p + i));
                    b ^= Vector512.Load((int*)(p + bytes + i));
                    c ^= Vector512.Load((int*)(p + (2 * bytes) + i));
                    d ^= Vector512.Load((int*)(p + (3 * bytes) + i));
                }
            }

            Sum = Vector512.Sum(a ^ b ^ c ^ d);
        }
    }
}
