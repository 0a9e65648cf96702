using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Models.DeepSeekV3;
using Gateway.Engine.Models.Dense;
using Gateway.Engine.Sampling;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>Every golden checkpoint of a supported architecture against its reference outputs.</summary>
public sealed class ModelGoldenTests(ModelGoldenTests.LoadedModels models, ITestOutputHelper output)
    : IClassFixture<ModelGoldenTests.LoadedModels>
{
    private const double Tolerance = 1e-4;

    private static readonly string[] Unsupported = ["deepseek_v32", "deepseek_v4"];

    public static TheoryData<string> Folders =>
        [.. Goldens.Folders("models").Where(folder => !Unsupported.Contains(GoldenModel.FamilyOf(folder)))];

    public static TheoryData<string> OtherFolders =>
        [.. Goldens.Folders("models").Where(folder => Unsupported.Contains(GoldenModel.FamilyOf(folder)))];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_WholePrompt_LogitsMatchTheReference(string folder)
    {
        var (model, golden) = models.Get(folder);
        foreach (var prompt in golden.Prompts)
        {
            var logits = AllLogits(model, prompt.Ids, ModelRun.MaxStepTokens);
            var worst = WorstDifference(golden, prompt, logits);
            output.WriteLine($"{prompt.Name}: {worst:E1}");
            Assert.True(worst <= Tolerance, $"{prompt.Name}: {worst:E2}");
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_GreedyAfterOnePassPrefill_TokensAndLogprobsMatchTheReference(string folder)
    {
        var (model, golden) = models.Get(folder);
        foreach (var prompt in golden.Prompts)
        {
            var run = new ModelRun(model, 1, prompt.Ids.Length + prompt.Greedy.Length);
            var next = prompt.Ids.Chunk(ModelRun.MaxStepTokens).Select(chunk => run.Forward(0, chunk, 1)[0]).Last();
            for (var i = 0; i < prompt.Greedy.Length; i++)
            {
                var id = Best(next);
                Assert.True(prompt.Greedy[i] == id, $"{prompt.Name}, token {i}: {id} instead of {prompt.Greedy[i]}");
                if (i < prompt.Top5.Length)
                {
                    var top = TokenLogprobs.Of(next, id, 5);
                    Assert.Equal(prompt.Top5[i].Select(item => item.Id), top.Top.Select(item => item.Id));

                    // Both the logit and the normalising sum may be off.
                    var tolerance = 2 * Tolerance * next.Max(MathF.Abs);
                    Assert.All(top.Top.Zip(prompt.Top5[i]), pair => Assert.Equal(pair.Second.Logprob, pair.First.Logprob, tolerance));
                    Assert.Equal(top.Top[0].Logprob, top.Logprob);
                }

                next = run.Forward(0, [id], 1)[0];
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_PrefillInChunksOfSeven_LogitsHaveTheSameBits(string folder)
    {
        var (model, golden) = models.Get(folder);
        foreach (var prompt in golden.Prompts)
        {
            var whole = AllLogits(model, prompt.Ids, ModelRun.MaxStepTokens);
            var chunked = AllLogits(model, prompt.Ids, 7);
            for (var position = 0; position < whole.Length; position++)
            {
                Assert.True(whole[position].AsSpan().SequenceEqual(chunked[position]), $"{prompt.Name}, position {position}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_AllPromptsInOneBatch_TokensMatchTheReference(string folder)
    {
        var (model, golden) = models.Get(folder);
        var room = ModelRun.MaxStepTokens;
        var prompts = golden.Prompts.TakeWhile(prompt => (room -= prompt.Ids.Length) >= 0).ToList();
        Assert.True(prompts.Count > 1);
        var steps = prompts.Min(prompt => prompt.Greedy.Length);
        var run = new ModelRun(model, prompts.Count, prompts.Max(prompt => prompt.Ids.Length) + steps);
        var next = run.Forward(prompts.Select((prompt, i) => (i, prompt.Ids, 1)));
        for (var step = 0; step < steps; step++)
        {
            var ids = next.Select(Best).ToArray();
            Assert.Equal(prompts.Select(prompt => prompt.Greedy[step]), ids);
            next = run.Forward(ids.Select((id, i) => (i, new[] { id }, 1)));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_Traced_EveryLayerMatchesTheReference(string folder)
    {
        var (model, golden) = models.Get(folder);
        var trace = golden.Root.GetProperty("trace");
        var prompt = golden.Prompts.Single(prompt => prompt.Name == trace.GetProperty("prompt").GetString());
        var latentRank = (model.Model as DeepSeekV2Model ?? (model.Model as DeepSeekV3Model)?.Body)?.Config.LatentRank ?? 0;
        var recorder = new TraceRecorder(latentRank, model.Model.CacheWidth);
        new ModelRun(model, 1, prompt.Ids.Length).Forward(0, prompt.Ids, prompt.Ids.Length, recorder);
        foreach (var key in trace.GetProperty("keys").EnumerateArray().Select(key => key.GetString()!))
        {
            if (key.EndsWith(".experts", StringComparison.Ordinal))
            {
                Assert.Equal(golden.Tensors.Integers(key), recorder.Experts[key]);
            }
            else
            {
                var expected = golden.Tensors.Floats(key);
                var scale = expected.Max(MathF.Abs);
                var worst = expected.Zip(recorder.Values[key], (a, b) => MathF.Abs(a - b) / scale).Max();
                Assert.True(worst <= Tolerance, $"{key}: {worst:E2}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Forward_StatesAfterTheFinalNorm_PoolToTheReferenceEmbeddings(string folder)
    {
        var (model, golden) = models.Get(folder);
        foreach (var embedding in golden.Root.GetProperty("embeddings").EnumerateArray())
        {
            var prompt = golden.Prompts.Single(prompt => prompt.Name == embedding.GetProperty("prompt").GetString());
            var recorder = new TraceRecorder(0, model.Model.CacheWidth);
            new ModelRun(model, 1, prompt.Ids.Length).Forward(0, prompt.Ids, prompt.Ids.Length, recorder);
            var expected = golden.Tensors.Floats(embedding.GetProperty("key").GetString()!);
            var rows = recorder.Values["trace.final_norm"].Chunk(expected.Length).ToList();
            var pooled = embedding.GetProperty("pooling").GetString() == "last"
                ? rows[^1]
                : [.. Enumerable.Range(0, expected.Length).Select(channel => rows.Average(row => row[channel]))];
            var length = MathF.Sqrt(pooled.Sum(value => value * value));
            Assert.All(expected.Zip(pooled), pair => Assert.Equal(pair.First, pair.Second / length, Tolerance));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Load_RopeAndSoftmaxScale_MatchTheReference(string folder)
    {
        var (loaded, golden) = models.Get(folder);
        var (rotary, scale) = loaded.Model switch
        {
            DeepSeekV2Model v2 => (v2.Rotary, v2.Config.SoftmaxScale),
            DeepSeekV3Model v3 => (v3.Body.Rotary, v3.Body.Config.SoftmaxScale),
            var dense => (((DenseModel)dense).Rotary, ((DenseModel)dense).Config.SoftmaxScale),
        };
        var rope = golden.Root.GetProperty("rope");
        var expected = rope.GetProperty("inv_freq").EnumerateArray().Select(item => item.GetSingle()).ToArray();
        Assert.All(expected.Zip(rotary.InverseFrequencies.ToArray()), pair => Assert.Equal(1, pair.Second / pair.First, 1e-6));
        Assert.Equal(rope.GetProperty("cos_sin_multiplier").GetSingle(), rotary.Multiplier, 1e-6);
        Assert.Equal(golden.Root.GetProperty("softmax_scale").GetSingle(), scale, 1e-7);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(OtherFolders))]
    public void Load_OtherArchitecture_IsRefusedByName(string folder)
    {
        var exception = Assert.Throws<ModelConfigException>(() => LoadedModel.OnCpu(folder));
        Assert.Contains(GoldenModel.FamilyOf(folder), exception.Message, StringComparison.Ordinal);
        Assert.Contains(DeepSeekV2Config.ModelType, exception.Message, StringComparison.Ordinal);
    }

    private static float[][] AllLogits(LoadedModel model, int[] ids, int chunkSize)
    {
        var run = new ModelRun(model, 1, ids.Length);
        return [.. ids.Chunk(chunkSize).SelectMany(chunk => run.Forward(0, chunk, chunk.Length))];
    }

    private static double WorstDifference(GoldenModel golden, GoldenPrompt prompt, float[][] logits)
    {
        var expected = golden.Tensors.Floats(prompt.LogitsKey).Chunk(golden.Tensors.Columns(prompt.LogitsKey)).ToArray();
        var scale = expected.Max(row => row.Max(MathF.Abs));
        return prompt.Positions.Select((position, i) => expected[i].Zip(logits[position], (a, b) => MathF.Abs(a - b)).Max()).Max() / scale;
    }

    private static int Best(float[] logits) => Array.IndexOf(logits, logits.Max());

    /// <summary>Loads each checkpoint once.</summary>
    public sealed class LoadedModels : IDisposable
    {
        private readonly ConcurrentDictionary<string, (LoadedModel, GoldenModel)> _loaded = new();

        public void Dispose()
        {
            foreach (var (_, golden) in _loaded.Values)
            {
                golden.Dispose();
            }
        }

        internal (LoadedModel Model, GoldenModel Golden) Get(string folder) =>
            _loaded.GetOrAdd(folder, path => (LoadedModel.OnCpu(path), new GoldenModel(path)));
    }

    private sealed class TraceRecorder(int latentRank, int cacheWidth) : IForwardObserver
    {
        public Dictionary<string, float[]> Values { get; } = [];

        public Dictionary<string, int[]> Experts { get; } = [];

        public void OnValues(string name, ReadOnlySpan<float> values)
        {
            if (name.EndsWith(".mla.latent", StringComparison.Ordinal))
            {
                var prefix = "trace." + name[..^"latent".Length];
                var rows = values.ToArray().Chunk(cacheWidth).ToList();
                Values[prefix + "c_kv"] = [.. rows.SelectMany(row => row[..latentRank])];
                Values[prefix + "k_pe_unroped"] = [.. rows.SelectMany(row => row[latentRank..])];
            }
            else
            {
                Values["trace." + name] = values.ToArray();
            }
        }

        public void OnExperts(int layer, ReadOnlySpan<int> experts, ReadOnlySpan<float> weights)
        {
            Experts[$"trace.layer.{layer}.moe.experts"] = experts.ToArray();
            Values[$"trace.layer.{layer}.moe.weights"] = weights.ToArray();
        }
    }
}
