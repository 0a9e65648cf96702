using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.KvCache;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>A model's logits have the same bits by however many threads, in whatever chunks, and whatever else is in the batch.</summary>
public sealed class CpuInvarianceTests(ITestOutputHelper output)
{
    public static TheoryData<string> Folders => ModelGoldenTests.Folders;

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_OneTwoOrThreeThreads_LogitsHaveTheSameBits(string folder)
    {
        using var golden = new GoldenModel(folder);
        var prompt = golden.Prompts.MaxBy(prompt => prompt.Ids.Length)!;
        var all = new[] { 1, 2, 3 }.Select(threads =>
        {
            var loaded = LoadedModel.OnCpu(folder, threads: threads);
            using var backend = loaded.Backend;
            var run = new ModelRun(loaded, 1, prompt.Ids.Length + 3);
            var logits = prompt.Ids.Chunk(ModelRun.MaxStepTokens).SelectMany(chunk => run.Forward(0, chunk, Math.Min(chunk.Length, 20))).ToList();
            foreach (var id in prompt.Greedy.Take(3))
            {
                logits.AddRange(run.Forward(0, [id], 1));
            }

            return logits;
        }).ToList();
        Assert.Equal(all[0], all[1]);
        Assert.Equal(all[0], all[2]);
    }

    [Theory]
    [InlineData("deepseek_v2_lite", KvCacheType.F32)]
    [InlineData("deepseek_v2_lite", KvCacheType.BF16)]
    [InlineData("qwen2_distill", KvCacheType.F32)]
    [InlineData("qwen2_distill", KvCacheType.BF16)]
    [InlineData("qwen3_distill", KvCacheType.BF16)]
    public void Forward_AnyChunksAndBatch_LogitsHaveTheSameBits(string model, KvCacheType type)
    {
        var folder = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", model);
        LoadedModel alone = LoadedModel.OnCpu(folder, threads: 1, cacheType: type), shared = LoadedModel.OnCpu(folder, threads: 3, cacheType: type);
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), seed => Check(alone, shared, new Random(seed)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(12));
        alone.Backend.Dispose();
        shared.Backend.Dispose();
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_CacheInBFloat16_LogitsStayNearTheReference(string folder)
    {
        using var golden = new GoldenModel(folder);
        var loaded = LoadedModel.OnCpu(folder, cacheType: KvCacheType.BF16);
        using var backend = loaded.Backend;
        List<double> differences = [];
        foreach (var prompt in golden.Prompts)
        {
            var expected = golden.Tensors.Floats(prompt.LogitsKey).Chunk(golden.Tensors.Columns(prompt.LogitsKey)).ToArray();
            var (scale, run) = (expected.Max(row => row.Max(MathF.Abs)), new ModelRun(loaded, 1, prompt.Ids.Length));
            var logits = prompt.Ids.Chunk(ModelRun.MaxStepTokens).SelectMany(chunk => run.Forward(0, chunk, chunk.Length)).ToArray();
            differences.AddRange(prompt.Positions.Select((position, i) => expected[i].Zip(logits[position], (a, b) => MathF.Abs(a - b)).Max() / (double)scale));
        }

        var worst = differences.Max();
        var median = differences.Order().ElementAt(differences.Count / 2);
        output.WriteLine($"{median:E1} median, {worst:E1} worst");

        // Rounding the whole model to bfloat16 gives medians of 0.005 to 0.04; the cache alone must stay well below that. An expert
        // chosen otherwise moves single positions by more.
        Assert.InRange(median, 1e-5, 0.02);

        // Why it is not the default.
        Assert.True(worst > 1e-4);
    }

    [Fact]
    public void Forward_EightThousandTokens_LogitsHaveTheSameBitsHoweverTheyAreCut()
    {
        const int Length = 8192;
        var random = new Random(3);
        int[] ids = [.. Enumerable.Range(0, Length).Select(_ => random.Next(3, 500))];
        var wanted = Last(1, 1024);
        Assert.Equal(wanted, Last(3, 700));
        Assert.All(wanted, value => Assert.True(float.IsFinite(value)));

        float[] Last(int threads, int chunk)
        {
            var loaded = LoadedModel.OnCpu(EngineRun.SmallModel, threads: threads);
            using var backend = loaded.Backend;
            var run = new ModelRun(loaded, 1, Length);
            float[] last = [];

            // The last token by itself: its whole context is split between the threads.
            foreach (var piece in ids[..^1].Chunk(chunk).Append([ids[^1]]))
            {
                last = run.Forward(0, piece, 1)[0];
            }

            return last;
        }
    }

    /// <summary>Several prompts, each computed by itself and token by token, and all together in random pieces.</summary>
    /// <param name="alone">Computes each by itself.</param>
    /// <param name="shared">Computes all of them together.</param>
    /// <param name="random">Chooses prompts, pieces and adapters.</param>
    /// <param name="adapterCount">How many adapters the models have.</param>
    internal static void Check(LoadedModel alone, LoadedModel shared, Random random, int adapterCount = 0)
    {
        int[][] prompts = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Ids(random.Next(1, 250)))];
        int[] adapters = [.. prompts.Select(_ => random.Next(adapterCount + 1))];
        var longest = prompts.Max(prompt => prompt.Length);
        var expected = prompts.Zip(adapters).Select(
            pair => new ModelRun(alone, 1, longest) { Adapters = [pair.Second] }.Forward(0, pair.First, pair.First.Length)).ToList();
        var (run, done) = (new ModelRun(shared, prompts.Length, longest) { Adapters = adapters }, new int[prompts.Length]);
        while (done.Where((count, i) => count < prompts[i].Length).Any())
        {
            List<(int Sequence, int[] Ids, int Logits)> pieces = [];
            for (var i = 0; i < prompts.Length; i++)
            {
                var left = prompts[i].Length - done[i];
                if (left > 0 && random.Next(3) > 0)
                {
                    var count = random.Next(2) == 0 ? 1 : random.Next(1, left + 1);
                    pieces.Add((i, prompts[i][done[i]..(done[i] + count)], count));
                }
            }

            if (pieces.Count == 0)
            {
                continue;
            }

            var (logits, row) = (run.Forward(pieces), 0);
            foreach (var (sequence, ids, _) in pieces)
            {
                for (var i = 0; i < ids.Length; i++)
                {
                    Assert.Equal(expected[sequence][done[sequence]++], logits[row++]);
                }
            }
        }

        int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(3, 500))];
    }
}
