using System.Buffers.Binary;
using System.Diagnostics;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Weights;

namespace Gateway.Benchmarks.Kernels;

/// <summary>Products with matrices the size of an expert's layers, so many of them that they come from memory.</summary>
internal sealed class ProductSpeed
{
    private const int Rows = 2816;
    private const int Columns = 2048;
    private const long Bytes = 1L << 30;
    private const int Rounds = 5;

    private readonly CpuTeam _team;
    private readonly WeightMatrix _source;
    private readonly int _count;

    public ProductSpeed(CpuTeam team, WeightFormat format)
    {
        _team = team;
        var layout = WeightLayout.Of(format);
        var bytes = new byte[Rows * layout.RowBytes(Columns)];
        if (layout.BlockSize == 1)
        {
            RowEncoder.Encode(format, Values(new Random(1), Rows * Columns), bytes);
        }
        else
        {
            FillBlocks(layout, bytes);
        }

        _source = WeightMatrix.FromBytes(Rows, Columns, format, bytes);
        _count = (int)(Bytes / bytes.Length);
        Console.WriteLine($"{team.Threads} threads, {_count} matrices of {Rows} x {Columns} in {format}");
    }

    /// <summary>Any bytes are codes; scales are to be numbers of an ordinary size.</summary>
    private static void FillBlocks(WeightLayout layout, byte[] bytes)
    {
        new Random(1).NextBytes(bytes);
        for (var block = 0; block < bytes.Length; block += layout.BlockBytes)
        {
            foreach (var offset in layout.ScaleOffsets)
            {
                BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(block + offset), (Half)0.01);
            }
        }
    }

    /// <summary>What the memory gives when nothing is computed.</summary>
    public void ReportReading()
    {
        var reading = new Reading(Bytes);
        var best = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            _team.For(reading.Pieces, long.MaxValue, 1, reading);
            best = Math.Max(best, reading.Bytes / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Console.WriteLine($"reading alone: {best / 1e9:F1} GB/s");
    }

    public void Report(CpuKernelSet set, int[] tokenCounts)
    {
        var matrices = Enumerable.Range(0, _count).Select(_ => set.Matrix(_source.Slice(0, Rows))).ToArray();
        var stored = (double)Rows * WeightLayout.Of(_source.Format).RowBytes(Columns);
        foreach (var tokens in tokenCounts)
        {
            var inputs = set.Inputs();
            inputs.Reserve(tokens, matrices[0]);
            inputs.Take(_team, Values(new Random(2), tokens * Columns), tokens, Columns, matrices[0].Reads);
            var product = new Product(inputs, tokens, new float[tokens * Rows]);

            // Enough matrices that none is still in a cache when its turn comes again, but no more seconds than needed.
            var used = Math.Clamp(6000 / tokens, 8, _count);
            List<double> seconds = [];
            for (var round = 0; round <= Rounds; round++)
            {
                var start = Stopwatch.GetTimestamp();
                foreach (var matrix in matrices.AsSpan(0, used))
                {
                    product.Matrix = matrix;
                    _team.For(
                        (Rows + CpuMatrix.RowAlignment - 1) / CpuMatrix.RowAlignment, long.MaxValue,
                        CpuMatrix.RowsAtOnce(tokens) / CpuMatrix.RowAlignment, product);
                }

                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds / used);
            }

            // The first round compiles.
            seconds.RemoveAt(0);
            seconds.Sort();
            var (best, median) = (seconds[0], seconds[seconds.Count / 2]);
            Console.WriteLine(
                $"{set.Description,-42} {tokens,4} tokens: {stored / best / 1e9,5:F1} GB/s {2.0 * Rows * Columns * tokens / best / 1e9,5:F0} GOP/s"
                + $" (median {stored / median / 1e9,5:F1} GB/s {2.0 * Rows * Columns * tokens / median / 1e9,5:F0} GOP/s)");
        }
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];

    private sealed class Product(CpuInputs inputs, int tokens, float[] y) : ITeamWork
    {
        public CpuMatrix Matrix { get; set; } = null!;

        public void Run(int from, int to)
        {
            var row = from * CpuMatrix.RowAlignment;
            Matrix.Multiply(inputs, 0, tokens, row, Math.Min(to * CpuMatrix.RowAlignment, Rows), y.AsSpan(row), Rows);
        }
    }
}
