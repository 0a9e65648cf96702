using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Adapters;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Adapters;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>Requests under adapters, in one engine with others and with the bare model.</summary>
public sealed class EngineAdapterTests : IAsyncLifetime
{
    private const string Golden = "golden";
    private const string Other = "other";

    private static readonly int[] Prompt = [.. Enumerable.Range(0, 22).Select(i => (i * 37 % 490) + 3)];

    private readonly AdapterFolder _folder = Random();
    private readonly InferenceEngine _engine;

    public EngineAdapterTests() => _engine = Load(new EngineOptions { ModelPath = EngineRun.SmallModel, BlockSize = 4 });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _engine.CheckIntegrity();
        await _engine.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void GenerateAsync_AnyMixOfAdaptersUnderPressure_GivesEachRequestItsOwnTokens()
    {
        var (preemptions, hits) = (0L, 0L);
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), async seed =>
        {
            var random = new Random(seed);
            await using var engine = Load(EngineMix.Pressed(random));
            await new EngineMix(random, engine, _engine).CheckAsync(requests: random.Next(2, 12), longest: 30);
            preemptions += engine.Statistics.Preemptions;
            hits += engine.Statistics.PrefixHits;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));
        Assert.True(preemptions > 0 && hits > 0, $"{preemptions} preemptions, {hits} hits: too tame");
    }

    [Fact]
    public async Task GenerateAsync_SamePromptUnderOthers_FindsNoPrefixOfTheirs()
    {
        foreach (var adapter in (string?[])[Golden, null, Other])
        {
            Assert.Equal(0, (await _engine.CollectAsync(Request(adapter)))[0].CachedPromptTokens);
        }

        foreach (var adapter in (string?[])[Golden, null, Other])
        {
            Assert.Equal(20, (await _engine.CollectAsync(Request(adapter)))[0].CachedPromptTokens);
            Assert.Equal(0, (await _engine.CollectAsync(Request(adapter) with { Origin = new() { CacheSalt = "red " + adapter } }))[0].CachedPromptTokens);
        }
    }

    [Fact]
    public async Task GenerateAsync_BareModelBesideAdapters_AnswersAsOneThatHasNone()
    {
        await using var bare = InferenceEngine.Load(new EngineOptions { ModelPath = EngineRun.SmallModel, Device = ComputeDevice.Cpu });
        Assert.Equal((string[])[Golden, Other], _engine.Model.Adapters);
        Assert.Empty(bare.Model.Adapters);
        var expected = await bare.IdsAsync(Request(null));
        var together = await Task.WhenAll(_engine.IdsAsync(Request(null)), _engine.IdsAsync(Request(Golden)), _engine.IdsAsync(Request(Other)));
        Assert.Equal(expected, together[0]);
        Assert.Equal(3, together.Select(ids => string.Join(' ', ids)).Distinct().Count());
    }

    [Fact]
    public async Task EmbedAndScoreAsync_UnderAnAdapter_AreItsOwn()
    {
        string?[] adapters = [null, Golden, Other];
        var vectors = await Task.WhenAll(adapters.Select(adapter => _engine.EmbedAsync(Embedding(adapter))));
        var scores = await Task.WhenAll(adapters.Select(adapter => _engine.ScoreAsync(Score(adapter))));
        for (var i = 0; i < adapters.Length; i++)
        {
            Assert.Equal(vectors[i], await _engine.EmbedAsync(Embedding(adapters[i])));
            Assert.Equal(Logprobs(scores[i]), Logprobs(await _engine.ScoreAsync(Score(adapters[i]))));
            Assert.NotEqual(vectors[i], vectors[(i + 1) % 3]);
            Assert.NotEqual(Logprobs(scores[i]), Logprobs(scores[(i + 1) % 3]));
        }

        static EmbeddingRequest Embedding(string? adapter) => new() { PromptIds = Prompt, Pooling = EmbeddingPooling.Mean, Adapter = adapter };
        static ScoreRequest Score(string? adapter) => new() { PromptIds = Prompt, Adapter = adapter };
        static IEnumerable<double> Logprobs(IReadOnlyList<TokenLogprob> scores) => scores.Select(score => (double)score.Logprob);
    }

    [Fact]
    public async Task Requests_UnknownAdapter_AreRefusedWithThoseThatThereAre()
    {
        const string Message = "there is no adapter 'nobody'; there are golden, other.";
        Assert.Contains(Message, Check(Assert.Throws<EngineRequestException>(() => _engine.GenerateAsync(Request("nobody")))), StringComparison.Ordinal);
        var embedding = new EmbeddingRequest { PromptIds = Prompt, Pooling = EmbeddingPooling.Last, Adapter = "nobody" };
        Assert.Contains(Message, Check(await Assert.ThrowsAsync<EngineRequestException>(() => _engine.EmbedAsync(embedding))), StringComparison.Ordinal);
        var score = new ScoreRequest { PromptIds = Prompt, Adapter = "nobody" };
        Assert.Contains(Message, Check(await Assert.ThrowsAsync<EngineRequestException>(() => _engine.ScoreAsync(score))), StringComparison.Ordinal);
        await using var bare = InferenceEngine.Load(new EngineOptions { ModelPath = EngineRun.SmallModel, Device = ComputeDevice.Cpu });
        Assert.Contains(
            "there is no adapter 'golden': the model was loaded without any.",
            Check(Assert.Throws<EngineRequestException>(() => bare.GenerateAsync(Request(Golden)))),
            StringComparison.Ordinal);

        static string Check(EngineRequestException exception)
        {
            Assert.Equal("Adapter", exception.Field);
            return exception.Message;
        }
    }

    [Theory]
    [InlineData("", "somewhere", "Adapters has one without a name (somewhere)")]
    [InlineData("support", " ", "Adapters:support is empty; give the folder that holds adapter_config.json")]
    public void Validate_AdapterWithoutNameOrFolder_IsListed(string name, string folder, string message)
    {
        var options = new EngineOptions { ModelPath = EngineRun.SmallModel, Adapters = new Dictionary<string, string> { [name] = folder } };
        Assert.Contains(message, Assert.Throws<EngineOptionsException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FolderThatIsNotThere_NamesAdapterAndFolder()
    {
        var options = new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            Device = ComputeDevice.Cpu,
            Adapters = new Dictionary<string, string> { ["support"] = "/no/such/folder" },
        };
        Assert.Contains("The adapter 'support' in /no/such/folder", Assert.Throws<AdapterException>(() => InferenceEngine.Load(options)).Message, StringComparison.Ordinal);
    }

    private static TokenRequest Request(string? adapter) =>
        new() { PromptIds = Prompt, MaxTokens = 6, IgnoreEos = true, Adapter = adapter, Sampling = new() { Temperature = 0 } };

    private static AdapterFolder Random()
    {
        using var files = ModelFiles.Open(EngineRun.SmallModel);
        using var checkpoint = files.OpenWeights();
        return new AdapterFolder(SyntheticAdapter.Create(checkpoint, Other, seed: 5, rank: 3));
    }

    private InferenceEngine Load(EngineOptions options) => InferenceEngine.Load(options with
    {
        Device = ComputeDevice.Cpu,
        Adapters = new Dictionary<string, string>
        {
            [Other] = _folder.Path,
            [Golden] = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "lora", "deepseek_v2_lite"),
        },
    });
}
