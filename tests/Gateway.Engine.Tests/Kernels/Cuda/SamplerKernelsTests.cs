using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Sampling;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Tests.Sampling;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class SamplerKernelsTests
{
    public static TheoryData<string> Files => [.. Goldens.Files("sampling/sampling.json")];

    [Fact]
    public void Structures_Layout_IsThatOfTheKernels()
    {
        Assert.Equal(88, Marshal.SizeOf<SamplerRow>());
        Assert.Equal(24, Marshal.SizeOf<LogitAdjustment>());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Sample_EveryGoldenCase_DrawsWhatTheHostDraws(string file)
    {
        foreach (var cases in SamplerGolden.Read(file).GroupBy(golden => golden.Logits.Length))
        {
            Assert.True(cases.Any());
            AssertDrawsAsTheHost([.. cases.SelectMany(golden => Enumerable.Range(0, 6).Select(
                position => new Case(golden.Logits, golden.Parameters, golden.History, 77 + position, position * 1000)))]);
        }
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 100)]
    [InlineData(33, 1000)]
    [InlineData(300, 1500)]
    [InlineData(2051, 200)]
    [InlineData(9_001, 50)]
    [InlineData(151_936, 3)]
    public void Sample_RandomRows_DrawsWhatTheHostDraws(int vocabulary, int rows)
    {
        var random = new Random(vocabulary);
        AssertDrawsAsTheHost([.. Enumerable.Range(0, rows).Select(_ => RandomCase(random, vocabulary))]);
    }

    [Theory]
    [InlineData(1000, 20)]
    [InlineData(8200, 2)]
    public void Sample_EqualLogits_DropsTheHighestIdsOfThem(int vocabulary, int seeds)
    {
        float[] equal = [.. Enumerable.Repeat(2.5f, vocabulary)];
        float[] twoLevels = [.. Enumerable.Range(0, vocabulary).Select(id => id % 3 == 0 ? 1f : 0f)];
        double[] thresholds = [0.001, 0.25, 0.5, 0.7, 0.75, 0.9, 0.999];
        AssertDrawsAsTheHost(
        [
            .. from topP in thresholds
               from logits in new[] { equal, twoLevels }
               from seed in Enumerable.Range(0, seeds)
               select new Case(logits, new SamplingParameters { TopP = topP, TopK = seed % 2 * 400 }, TokenHistory.None, seed, 5),
        ]);
    }

    [Fact]
    public void Sample_ExtremeValues_DrawsWhatTheHostDraws()
    {
        float[] masked = [float.NegativeInfinity, 1f, float.NegativeInfinity, 1.5f, -1e30f];
        float[] huge = [float.MaxValue, float.MinValue, 0f, 1e-38f, -0f];
        SamplingParameters[] parameters =
        [
            new() { Temperature = 0 }, new(), new() { Temperature = 1e-300 }, new() { TopK = 4 }, new() { TopP = 1e-9 }, new() { TopP = 1 - 1e-12 },
            new() { MinP = 1 }, new() { MinP = 0.3, TopP = 0.6, TopK = 3 },
        ];
        AssertDrawsAsTheHost(
        [
            .. from p in parameters
               from logits in new[] { masked, huge }
               from seed in Enumerable.Range(-5, 10)
               select new Case(logits, p, TokenHistory.None, seed * 123_456_789_012L, int.MaxValue - 1),
        ]);
    }

    [Fact]
    public void Sample_FaultyLogits_AreToldOfAndTheBestOfTheRestIsTaken()
    {
        float[][] logits =
        [
            [1, float.NaN, 3, 3], [1, float.PositiveInfinity, 0, -1], [.. Enumerable.Repeat(float.NegativeInfinity, 4)],
            [.. Enumerable.Repeat(float.NaN, 4)], [1, float.NegativeInfinity, 2, 0],
        ];
        var (tokens, faults) = Sample([.. logits.Select(row => new Case(row, new SamplingParameters { TopK = 1 }, TokenHistory.None, 0, 0))]);
        Assert.Equal([2, 0, 0, 0, 2], tokens);
        Assert.Equal([1, 1, 1, 1, 0], faults);
    }

    [Fact]
    public void Sample_TokensThatTheHostDoesNotKnowYet_AreCountedAsItWould()
    {
        const int Vocabulary = 40;
        const int Steps = 60;
        using var gpu = new EmulatedGpu();
        var kernels = new SamplerKernels(gpu);
        var random = new Random(5);
        var logits = Numbers(random, 2 * Vocabulary, 1);
        var parameters = new SamplingParameters
        {
            RepetitionPenalty = 1.3,
            FrequencyPenalty = 0.5,
            PresencePenalty = 0.25,
            LogitBias = new Dictionary<int, float> { [3] = 1, [7] = -2 },
        };
        var (history, known) = (new TokenHistory(Vocabulary), new TokenHistory(Vocabulary));
        history.Begin([1, 2, 3, 4]);
        known.Begin([1, 2, 3, 4]);
        using var logitBuffer = gpu.ToDevice<float>(logits);
        using var faults = gpu.ToDevice(-7, -7);
        using var scratch = new SamplerScratch(gpu, 2);
        using var first = gpu.ToDevice(-7, -7);
        using var second = gpu.ToDevice(-7, -7);
        var sampler = new Sampler(Vocabulary);
        var expected = new List<int>();
        for (var step = 0; step < Steps; step++)
        {
            // What the host has lags one token behind.
            List<LogitAdjustment> adjustments = [];
            LogitAdjustment.Add(parameters, known, adjustments);
            var plain = SamplerRow.Of(new SamplingParameters { Temperature = 0 }, 0, 100, 0, 0);
            var row = SamplerRow.Of(parameters, 9, 100 + step, 3, adjustments.Count) with { PreviousRow = step == 0 ? -1 : 1 };
            using var rows = gpu.ToDevice(plain, row);
            using var table = gpu.ToDevice<LogitAdjustment>([.. new LogitAdjustment[3], .. adjustments, default]);
            var (tokens, before) = step % 2 == 0 ? (first, second) : (second, first);
            kernels.Sample(
                logitBuffer.Pointer, 2, Vocabulary, Vocabulary, rows.Pointer, table.Pointer, scratch, tokens.Pointer, faults.Pointer,
                previous: before.Pointer, weighs: false);
            if (step > 0)
            {
                known.Add(expected[^1]);
            }

            expected.Add(sampler.Sample(logits.AsSpan(Vocabulary), parameters, history, 9, 100 + step));
            history.Add(expected[^1]);
            Assert.Equal(expected[^1], gpu.ToHost<int>(tokens, 2)[1]);
            Assert.Equal([0, 0], gpu.ToHost<int>(faults, 2));
        }

        Assert.Equal(logits, gpu.ToHost<float>(logitBuffer, logits.Length));
        Assert.InRange(expected.Distinct().Count(), 3, Vocabulary);
    }

    [Theory]
    [InlineData(5, 20, 8)]
    [InlineData(300, 20, 40)]
    [InlineData(300, 0, 3)]
    [InlineData(32_003, 20, 2)]
    public void TokenLogprobs_RandomRows_AreTheHosts(int vocabulary, int top, int rows)
    {
        using var gpu = new EmulatedGpu();
        var random = new Random(vocabulary + top);
        var stride = vocabulary + 5;

        // Rounded, so that many are equal.
        float[] logits = [.. Numbers(random, rows * stride, 4).Select(BFloat16Bits.Round)];
        int[] tokens = [.. Enumerable.Range(0, rows).Select(_ => random.Next(vocabulary))];
        tokens[0] = -1;
        using var logitBuffer = gpu.ToDevice<float>(logits);
        using var tokenBuffer = gpu.ToDevice<int>(tokens);
        using var chosen = gpu.Allocate(ElementType.Float32, rows);
        using var topIds = gpu.Allocate(Math.Max(1, rows * top) * sizeof(int));
        using var topLogprobs = gpu.Allocate(ElementType.Float32, Math.Max(1, rows * top));
        new SamplerKernels(gpu).TokenLogprobs(
            logitBuffer.Pointer, rows, vocabulary, stride, tokenBuffer.Pointer, top, chosen.Pointer, topIds.Pointer, topLogprobs.Pointer);
        var chosenLogprobs = gpu.ToHost<float>(chosen, rows);
        var ids = gpu.ToHost<int>(topIds, Math.Max(1, rows * top));
        var values = gpu.ToHost<float>(topLogprobs, Math.Max(1, rows * top));
        Assert.Equal(0, chosenLogprobs[0]);
        for (var row = 1; row < rows; row++)
        {
            var expected = TokenLogprobs.Of(logits.AsSpan(row * stride, vocabulary), tokens[row], top);
            Assert.Equal(expected.Logprob, chosenLogprobs[row], 1e-5);
            var best = expected.Top;
            Assert.Equal(Math.Min(top, vocabulary), best.Count);
            for (var i = 0; i < top; i++)
            {
                Assert.Equal(i < best.Count ? best[i].Id : -1, ids[(row * top) + i]);
                Assert.Equal(i < best.Count ? best[i].Logprob : double.NegativeInfinity, values[(row * top) + i], 1e-5);
            }
        }
    }

    [Theory]
    [InlineData(33, 300)]
    [InlineData(2051, 100)]
    [InlineData(151_936, 2)]
    public void Sample_MasksInSomeRows_DrawsWhatTheHostDraws(int vocabulary, int rows)
    {
        var random = new Random(vocabulary);
        AssertDrawsAsTheHost(
        [
            .. Enumerable.Range(0, rows).Select(row => RandomCase(random, vocabulary) with
            {
                Allowed = row % 3 == 0 ? null : RandomMask(random, vocabulary, row % 3 == 1 ? 1 : random.Next(1, vocabulary)),
            }),
        ]);
    }

    private static uint[] RandomMask(Random random, int vocabulary, int count)
    {
        var mask = new uint[(vocabulary + 31) / 32];
        for (var i = 0; i < count; i++)
        {
            var id = random.Next(vocabulary);
            mask[id / 32] |= 1u << (id % 32);
        }

        return mask;
    }

    private static void AssertDrawsAsTheHost(Case[] cases)
    {
        var (tokens, faults) = Sample(cases);
        var sampler = new Sampler(cases[0].Logits.Length);
        for (var i = 0; i < cases.Length; i++)
        {
            var (logits, parameters, history, seed, position) = cases[i];
            var expected = sampler.Sample(logits, parameters, history, seed, position, cases[i].Allowed);
            Assert.True(expected == tokens[i] && faults[i] == 0, $"row {i}: {tokens[i]} (fault {faults[i]}) instead of {expected} for {parameters}");
        }
    }

    private static (int[] Tokens, int[] Faults) Sample(Case[] cases)
    {
        var vocabulary = cases[0].Logits.Length;
        var adjustments = new List<LogitAdjustment>();
        var masks = new List<uint>();
        var rows = new SamplerRow[cases.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var (_, parameters, history, seed, position) = cases[i];
            var first = adjustments.Count;
            LogitAdjustment.Add(parameters, history, adjustments);
            rows[i] = SamplerRow.Of(parameters, seed, position, first, adjustments.Count - first);
            if (cases[i].Allowed is { } allowed)
            {
                rows[i].FirstMaskWord = masks.Count;
                masks.AddRange(allowed);
            }
        }

        using var gpu = new EmulatedGpu();
        using var logits = gpu.ToDevice<float>([.. cases.SelectMany(item => item.Logits)]);
        using var rowBuffer = gpu.ToDevice<SamplerRow>(rows);
        using var adjustmentBuffer = gpu.ToDevice<LogitAdjustment>([.. adjustments, default]);
        using var tokens = gpu.Allocate(rows.Length * sizeof(int));
        using var faults = gpu.Allocate(rows.Length * sizeof(int));
        using var maskBuffer = gpu.ToDevice<uint>([.. masks, 0]);
        using var scratch = new SamplerScratch(gpu, rows.Length);
        new SamplerKernels(gpu).Sample(
            logits.Pointer, rows.Length, vocabulary, vocabulary, rowBuffer.Pointer, adjustmentBuffer.Pointer, scratch, tokens.Pointer, faults.Pointer,
            maskBuffer.Pointer);
        return (gpu.ToHost<int>(tokens, rows.Length), gpu.ToHost<int>(faults, rows.Length));
    }

    private static Case RandomCase(Random random, int vocabulary)
    {
        T Choose<T>(params T[] options) => options[random.Next(options.Length)];
        int[] Ids(int most) => [.. Enumerable.Range(0, random.Next(most)).Select(_ => random.Next(vocabulary))];
        var logits = Numbers(random, vocabulary, Choose(0.01, 1, 5, 20));
        if (random.Next(4) == 0)
        {
            logits = [.. logits.Select(BFloat16Bits.Round)];
        }

        var history = new TokenHistory(vocabulary);
        history.Begin(Ids(20));
        foreach (var id in Ids(20))
        {
            history.Add(id);
        }

        var biases = Ids(8).Distinct().ToDictionary(id => id, _ => (random.NextSingle() * 20) - 10);
        var parameters = new SamplingParameters
        {
            LogitBias = random.Next(3) == 0 ? biases : [],
            RepetitionPenalty = Choose(1, 1, 1.1, 0.8),
            FrequencyPenalty = Choose(0, 0, 0.3, -1.2),
            PresencePenalty = Choose(0, 0, 0.7, -0.4),
            Temperature = Choose(0, 0.2, 0.7, 1, 1, 1.9),
            MinP = Choose(0, 0, 0.02, 0.5),
            TopK = Choose(0, 0, 1, 5, 50, vocabulary / 2, vocabulary + 1),
            TopP = Choose(1, 1, 0.95, 0.8, 0.3, 0.01),
        };
        return new Case(logits, parameters, history, random.NextInt64(), random.Next(200_000));
    }

    /// <summary>Of a bell curve.</summary>
    private static float[] Numbers(Random random, int count, double scale)
        => [.. Enumerable.Range(0, count).Select(_ =>
            (float)(scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    private sealed record Case(float[] Logits, SamplingParameters Parameters, TokenHistory History, long Seed, int Position)
    {
        /// <summary>One bit per id that may be drawn; null for all.</summary>
        public uint[]? Allowed { get; init; }
    }
}
