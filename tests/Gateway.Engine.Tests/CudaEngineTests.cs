using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Constraints;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Tests.Models;
using Gateway.Engine.Tests.Tokenization;
using Gateway.Engine.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>The whole engine on the GPU backend, its kernels run on the CPU: steps that overlap, recorded steps, tokens chosen on the device.</summary>
public sealed class CudaEngineTests
{
    private const int Tokens = 6;

    [Fact]
    public async Task GenerateAsync_PromptsAtOnce_GreedyTokensAreTheReferences()
    {
        using var golden = new GoldenModel(EngineRun.SmallModel);
        var prompts = golden.Prompts.Where(prompt => prompt.Ids.Length <= 17).ToArray();
        await using var engine = Engine();
        var answers = await Task.WhenAll(prompts.Select(prompt => engine.IdsAsync(new TokenRequest
        {
            PromptIds = prompt.Ids,
            MaxTokens = Tokens,
            IgnoreEos = true,
            Sampling = new() { Temperature = 0 },
        })));
        Assert.All(prompts.Zip(answers), pair => Assert.Equal(pair.First.Greedy[..Tokens], pair.Second));
        engine.CheckIntegrity();
        Assert.Equal(0, engine.Statistics.HeldBlocks);
    }

    [Fact]
    public async Task GenerateAsync_SeedPenaltiesBiasAndLogprobs_AreThoseOfTheCpu()
    {
        await using var gpu = Engine();
        await using var cpu = InferenceEngine.Load(new EngineOptions { ModelPath = EngineRun.SmallModel, Device = ComputeDevice.Cpu });
        var request = new TokenRequest
        {
            PromptIds = [5, 9, 33],
            MaxTokens = Tokens,
            IgnoreEos = true,
            TopLogprobs = 3,
            Sampling = new()
            {
                Seed = 7,
                Temperature = 1.3,
                TopP = 0.9,
                RepetitionPenalty = 1.2,
                PresencePenalty = 0.4,
                LogitBias = new Dictionary<int, float> { [40] = 2 },
            },
        };
        var (expected, actual) = (await cpu.CollectAsync(request), await gpu.CollectAsync(request));
        Assert.Equal(expected.Select(token => token.Id), actual.Select(token => token.Id));
        Assert.Equal(expected.Select(token => token.Finish), actual.Select(token => token.Finish));
        Assert.All(expected.Zip(actual), pair =>
        {
            Assert.Equal(pair.First.Logprob!.Logprob, pair.Second.Logprob!.Logprob, 1e-3);
            Assert.Equal(pair.First.Logprob.Top.Select(top => top.Id), pair.Second.Logprob.Top.Select(top => top.Id));
        });
    }

    [Fact]
    public async Task GenerateAsync_GrammarsBesideFreeAnswers_AreThoseOfTheCpu()
    {
        var tokenizer = TokenizerGoldens.Tiny();
        await using var gpu = Engine(tokenizer: tokenizer);
        var options = new EngineOptions { ModelPath = EngineRun.SmallModel, Device = ComputeDevice.Cpu };
        using var files = ModelFiles.Open(options.ModelPath);
        await using var cpu = InferenceEngine.Load(options, files, tokenizer, progress: null, default);
        TokenRequest[] requests =
        [
            .. Enumerable.Range(0, 4).Select(i => new TokenRequest
            {
                PromptIds = [5, 9, 33 + i],
                MaxTokens = Tokens,
                StopTokenIds = [2],
                TopLogprobs = 2,
                Constraint = i switch
                {
                    0 => null,
                    1 => new TokenConstraint(Grammar.AnyJsonObject),
                    2 => new TokenConstraint(Grammar.Sequence(Grammar.Token(300), Grammar.FromRegex("[a-c]{2}"))),
                    _ => new TokenConstraint(Grammar.FromRegex("(yes|no)"), BeginsAfterTokenId: 44),
                },
                Sampling = new() { Seed = i, Temperature = i == 1 ? 0 : 1.2, TopP = 0.95 },
            }),
        ];
        var answers = await Task.WhenAll(requests.Select(request => gpu.IdsAsync(request)));
        for (var i = 0; i < requests.Length; i++)
        {
            Assert.Equal(await cpu.IdsAsync(requests[i]), answers[i]);
        }

        Assert.Equal((byte)'{', tokenizer.BytesOf(answers[1][0]).Span[0]);
        Assert.Equal(300, answers[2][0]);
        gpu.CheckIntegrity();
    }

    [Fact]
    public async Task GenerateAsync_GrammarThatNoTokenContinues_FailsAsOnTheCpu()
    {
        await using var engine = Engine(tokenizer: new TokenizerBuilder("p", "q", "r", "a", "b").Build());
        await Assert.ThrowsAsync<GrammarException>(() => engine.IdsAsync(new TokenRequest
        {
            PromptIds = [5],
            StopTokenIds = [2],
            Constraint = new TokenConstraint(Grammar.Literal("abz")),
        }));
        var answer = await engine.IdsAsync(new TokenRequest { PromptIds = [5], StopTokenIds = [2], Constraint = new TokenConstraint(Grammar.Literal("ab")) });
        Assert.Equal([3, 4], answer[..^1]);
        Assert.Null(engine.Fault);
    }

    [Fact]
    public async Task GenerateAsync_StopTokenWhileTheNextStepRuns_EndsThereAndFreesItsBlocks()
    {
        using var golden = new GoldenModel(EngineRun.SmallModel);
        var prompt = golden.Prompts.Single(prompt => prompt.Ids.Length == 5);
        await using var engine = Engine();
        var stop = prompt.Greedy[3];
        var answer = await engine.CollectAsync(new TokenRequest
        {
            PromptIds = prompt.Ids,
            MaxTokens = 20,
            IgnoreEos = true,
            StopTokenIds = [stop],
            Sampling = new() { Temperature = 0 },
        });
        Assert.Equal(prompt.Greedy[..(Array.IndexOf(prompt.Greedy, stop) + 1)], answer.Select(token => token.Id));
        Assert.Equal(FinishReason.Stop, answer[^1].Finish);
        Assert.Equal(2, (await engine.IdsAsync(new TokenRequest { PromptIds = [4], MaxTokens = 2, IgnoreEos = true })).Length);
        engine.CheckIntegrity();
        Assert.Equal(0, engine.Statistics.HeldBlocks);
    }

    [Fact]
    public async Task EmbedAndScore_BesideAnswers_AreThoseOfTheCpu()
    {
        await using var gpu = Engine();
        await using var cpu = InferenceEngine.Load(new EngineOptions { ModelPath = EngineRun.SmallModel, Device = ComputeDevice.Cpu });
        int[] text = [.. Enumerable.Range(0, 40).Select(i => (i * 37 % 490) + 3)];
        var embedding = new EmbeddingRequest { PromptIds = text, Pooling = EmbeddingPooling.Mean };
        var score = new ScoreRequest { PromptIds = text, TopLogprobs = 3 };
        var answer = gpu.IdsAsync(new TokenRequest { PromptIds = [4, 5], MaxTokens = Tokens, IgnoreEos = true });
        var (mean, last, scores) = (gpu.EmbedAsync(embedding), gpu.EmbedAsync(embedding with { Pooling = EmbeddingPooling.Last }), gpu.ScoreAsync(score));
        Assert.All((await cpu.EmbedAsync(embedding)).Zip(await mean), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        Assert.All((await cpu.EmbedAsync(embedding with { Pooling = EmbeddingPooling.Last })).Zip(await last), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        Assert.All((await cpu.ScoreAsync(score)).Zip(await scores), pair =>
        {
            Assert.Equal(pair.First.Logprob, pair.Second.Logprob, 1e-3);
            Assert.Equal(pair.First.Top.Select(top => top.Id), pair.Second.Top.Select(top => top.Id));
        });
        Assert.Equal(Tokens, (await answer).Length);
        gpu.CheckIntegrity();
        Assert.Equal(0, gpu.Statistics.HeldBlocks);
    }

    [Fact]
    public async Task GenerateAsync_SamePromptAgain_FindsItsBlocksAndAnswersTheSame()
    {
        await using var engine = Engine(new EngineOptions { ModelPath = EngineRun.SmallModel, MaxStepTokens = 32, MaxRunningSequences = 4, KvCacheTokens = 64, BlockSize = 4 });
        var request = new TokenRequest { PromptIds = [5, 9, 33, 70, 8, 12, 401, 77, 6, 5], MaxTokens = Tokens, IgnoreEos = true, Sampling = new() { Temperature = 0 } };
        var (first, second) = (await engine.CollectAsync(request), await engine.CollectAsync(request));
        Assert.Equal(first.Select(token => token.Id), second.Select(token => token.Id));
        Assert.Equal((0, 8), (first[0].CachedPromptTokens, second[0].CachedPromptTokens));
        engine.CheckIntegrity();
    }

    [Fact]
    public void GenerateAsync_AnyMixUnderPressure_GivesEachRequestItsOwnTokens()
    {
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), async seed =>
        {
            var random = new Random(seed);
            await using var alone = Engine();
            await using var engine = Engine(new EngineOptions
            {
                ModelPath = EngineRun.SmallModel,
                BlockSize = random.Next(2, 6),
                KvCacheTokens = 30,
                MaxRunningSequences = 3,
                MaxStepTokens = 9,
                MaxPrefillChunk = random.Next(1, 9),
            });
            await new EngineMix(random, engine, alone).CheckAsync(requests: 5, longest: 10);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(4));
    }

    private static InferenceEngine Engine(EngineOptions? given = null, Tokenizer? tokenizer = null)
    {
        var options = given ?? new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            MaxStepTokens = 32,
            MaxRunningSequences = 4,
            KvCacheTokens = 256,
            BlockSize = 16,
        };
        using var files = ModelFiles.Open(options.ModelPath);
        var device = new CudaDevice(new EmulatedGpu()) { Type = ElementType.Float32 };
        return InferenceEngine.Load(options, device, files, progress: null, default, tokenizer);
    }
}
