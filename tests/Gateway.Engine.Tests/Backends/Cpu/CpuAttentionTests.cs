using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Xunit;

namespace Gateway.Engine.Tests.Backends.Cpu;

/// <summary>
/// Whatever a token is computed together with, in whatever chunk and by however many threads: the same bits, which are near the exact
/// result.
/// </summary>
public sealed class CpuAttentionTests
{
    private static readonly AttentionShape[] Shapes =
    [
        new(4, 1, 80, 64, ValuesAreKeys: true, 0.11f),
        new(16, 1, 48, 36, ValuesAreKeys: true, 0.2f),
        new(37, 1, 32, 16, ValuesAreKeys: true, 0.2f),
        new(6, 2, 24, 24, ValuesAreKeys: false, 0.2f),
        new(12, 2, 64, 64, ValuesAreKeys: false, 0.125f),
        new(3, 3, 32, 32, ValuesAreKeys: false, 0.2f),
    ];

    [Fact]
    public void Run_AnyBatchChunksAndThreads_GivesTheSameBitsNearTheExactResult() =>
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), Check).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void Run_OneTokenWithLongContext_IsSplitAndKeepsItsBits(int threads)
    {
        // 2,101 tokens of context are 17 spans: with 16 threads, two waves of slots even so.
        var (shape, random) = (new AttentionShape(32, 1, 80, 64, ValuesAreKeys: true, 0.11f), new Random(5));
        var sequence = new Sequence(shape, KvCacheType.F32, 16, 2101, random);
        using CpuTeam one = new(1), many = new(threads);
        Assert.Equal(Attend(one, shape, [(sequence, 2100, 1)])[0], Attend(many, shape, [(sequence, 2100, 1)])[0]);
        Assert.Equal(Attend(one, shape, [(sequence, 2095, 6)]), Attend(many, shape, [(sequence, 2095, 6)]));
    }

    private static void Check(int seed)
    {
        var random = new Random(seed);
        var shape = Shapes[random.Next(Shapes.Length)];
        var (type, blockSize) = ((KvCacheType)random.Next(2), random.Next(1, 40));
        List<Sequence> sequences =
            [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => new Sequence(shape, type, blockSize, random.Next(1, 500), random))];
        using CpuTeam one = new(1), many = new(random.Next(2, 9));

        // All at once, each a chunk of its own at the end of its sequence.
        List<(Sequence Sequence, int First, int Tokens)> pieces = [];
        foreach (var sequence in sequences)
        {
            var tokens = Math.Min(sequence.Length, random.Next(1, 80));
            pieces.Add((sequence, sequence.Length - tokens, tokens));
        }

        var together = Attend(many, shape, pieces);
        var row = 0;
        foreach (var (sequence, first, tokens) in pieces)
        {
            for (var i = 0; i < tokens; i++)
            {
                var alone = Attend(one, shape, [(sequence, first + i, 1)])[0];
                Assert.Equal(alone, together[row]);
                var exact = sequence.Exact(first + i);
                Assert.All(exact.Zip(together[row++]), pair => Assert.Equal(pair.First, pair.Second, 2e-5));
            }
        }
    }

    private static float[][] Attend(CpuTeam team, AttentionShape shape, List<(Sequence Sequence, int First, int Tokens)> pieces)
    {
        var count = pieces.Sum(piece => piece.Tokens);
        var cache = pieces[0].Sequence.Shared(pieces.Select(piece => piece.Sequence));
        var batch = new StepBatch(count);
        using var attention = new CpuAttention(team, count, shape);
        var token = 0;
        foreach (var (sequence, first, tokens) in pieces)
        {
            batch.Add(new int[tokens], first, cache.Blocks[sequence], 0);
            for (var i = 0; i < tokens; i++, token++)
            {
                for (var head = 0; head < shape.Heads; head++)
                {
                    sequence.Query(first + i, head).CopyTo(attention.Query(token, head));
                }
            }
        }

        attention.Begin(batch);
        attention.Run(cache.Cache, 0);
        cache.Cache.Dispose();
        return [.. Enumerable.Range(0, count).Select(i =>
            Enumerable.Range(0, shape.Heads).SelectMany(head => attention.Result(i, head).ToArray()).ToArray())];
    }

    /// <summary>Random queries, keys and values of one sequence.</summary>
    private sealed class Sequence
    {
        private readonly AttentionShape _shape;
        private readonly KvCacheType _type;
        private readonly int _blockSize;
        private readonly float[] _queries;
        private readonly float[][] _planes;

        public Sequence(AttentionShape shape, KvCacheType type, int blockSize, int length, Random random)
        {
            (_shape, _type, _blockSize, Length) = (shape, type, blockSize, length);
            _queries = Values(length * shape.Heads * shape.KeyWidth, 3);
            _planes = [.. Enumerable.Range(0, shape.ValuesAreKeys ? 1 : 2 * shape.KeyHeads).Select(_ => Values(length * shape.KeyWidth, 2))];

            float[] Values(int count, float range) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * range)];
        }

        public int Length { get; }

        public ReadOnlySpan<float> Query(int position, int head) =>
            _queries.AsSpan(((position * _shape.Heads) + head) * _shape.KeyWidth, _shape.KeyWidth);

        /// <summary>A cache that holds all of the sequences, their blocks interleaved.</summary>
        public (PagedCache Cache, Dictionary<Sequence, int[]> Blocks) Shared(IEnumerable<Sequence> sequences)
        {
            var all = sequences.Distinct().ToList();
            var blocks = all.Sum(sequence => (sequence.Length + _blockSize - 1) / _blockSize);
            var cache = new PagedCache(1, _planes.Length * _shape.KeyWidth, blocks, _blockSize, _type);
            var tables = all.ToDictionary(sequence => sequence, _ => new List<int>());
            for (var (next, round) = (0, 0); next < blocks; round++)
            {
                foreach (var sequence in all.Where(sequence => round * _blockSize < sequence.Length))
                {
                    tables[sequence].Add(blocks - 1 - next++);
                }
            }

            var result = tables.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
            foreach (var sequence in all)
            {
                for (var position = 0; position < sequence.Length; position++)
                {
                    for (var plane = 0; plane < _planes.Length; plane++)
                    {
                        cache.Write(0, plane, result[sequence], position, sequence.Row(plane, position));
                    }
                }
            }

            return (cache, result);
        }

        /// <summary>In double precision, from what the cache keeps.</summary>
        public double[] Exact(int position)
        {
            List<double> result = [];
            for (var head = 0; head < _shape.Heads; head++)
            {
                var keyHead = head / _shape.HeadsPerKey;
                var valuePlane = _shape.ValuesAreKeys ? 0 : _shape.KeyHeads + keyHead;
                var query = Query(position, head).ToArray();
                var scores = Enumerable.Range(0, position + 1)
                    .Select(key => Kept(keyHead, key).Zip(query, (k, q) => (double)k * q).Sum() * _shape.Scale).ToArray();
                var weights = scores.Select(score => Math.Exp(score - scores.Max())).ToArray();
                var sum = weights.Sum();
                var values = Enumerable.Range(0, position + 1).Select(key => Kept(valuePlane, key)).ToArray();
                result.AddRange(Enumerable.Range(0, _shape.ValueWidth)
                    .Select(channel => weights.Select((weight, key) => weight * values[key][channel]).Sum() / sum));
            }

            return [.. result];
        }

        private ReadOnlySpan<float> Row(int plane, int position) => _planes[plane].AsSpan(position * _shape.KeyWidth, _shape.KeyWidth);

        private float[] Kept(int plane, int position)
        {
            var row = Row(plane, position).ToArray();
            return _type == KvCacheType.F32 ? row : [.. row.Select(BFloat16)];
        }

        private static float BFloat16(float value)
        {
            var bits = BitConverter.SingleToUInt32Bits(value);
            var (below, above) = (BitConverter.UInt32BitsToSingle(bits & 0xFFFF_0000), BitConverter.UInt32BitsToSingle((bits & 0xFFFF_0000) + 0x1_0000));
            var (toBelow, toAbove) = (Math.Abs((double)value - below), Math.Abs((double)above - value));
            return toBelow < toAbove || (toBelow == toAbove && (bits & 0x1_0000) == 0) ? below : above;
        }
    }
}
