using Gateway.Engine.Tests.Models;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>Texts that become vectors, in the same steps as answers.</summary>
public sealed class EmbeddingTests
{
    private const float Tolerance = 1e-4f;

    private static readonly int[] Text = [.. Enumerable.Range(0, 90).Select(i => (i * 37 % 490) + 3)];

    public static TheoryData<string> Folders => ModelGoldenTests.Folders;

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task EmbedAsync_GoldenPrompts_VectorsAreTheReferences(string folder)
    {
        using var golden = new GoldenModel(folder);
        await using var engine = InferenceEngine.Load(new EngineOptions { ModelPath = folder, Device = ComputeDevice.Cpu, MaxStepTokens = 48 });
        foreach (var embedding in golden.Root.GetProperty("embeddings").EnumerateArray())
        {
            var prompt = golden.Prompts.Single(prompt => prompt.Name == embedding.GetProperty("prompt").GetString());
            var pooling = embedding.GetProperty("pooling").GetString() == "last" ? EmbeddingPooling.Last : EmbeddingPooling.Mean;
            var vector = await engine.EmbedAsync(new EmbeddingRequest { PromptIds = prompt.Ids, Pooling = pooling });
            var expected = golden.Tensors.Floats(embedding.GetProperty("key").GetString()!);
            Assert.Equal(engine.Model.EmbeddingSize, vector.Length);
            Assert.All(expected.Zip(vector), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
        }
    }

    [Theory]
    [InlineData(EmbeddingPooling.Mean)]
    [InlineData(EmbeddingPooling.Last)]
    public async Task EmbedAsync_InPiecesBesideAnswersAndPreempted_HasTheSameBits(EmbeddingPooling pooling)
    {
        await using var alone = Engine(new EngineOptions { ModelPath = EngineRun.SmallModel });
        var request = new EmbeddingRequest { PromptIds = Text, Pooling = pooling };
        var expected = await alone.EmbedAsync(request);
        await using var engine = Engine(new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            BlockSize = 4,
            KvCacheTokens = 140,
            MaxRunningSequences = 6,
            MaxStepTokens = 11,
        });
        var answers = Enumerable.Range(0, 4)
            .Select(i => engine.IdsAsync(new TokenRequest { PromptIds = [5 + i, 6, 7], MaxTokens = 40, IgnoreEos = true })).ToList();
        var vectors = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => engine.EmbedAsync(request)));
        Assert.All(vectors, vector => Assert.True(vector.AsSpan().SequenceEqual(expected)));
        Assert.All(await Task.WhenAll(answers), ids => Assert.Equal(40, ids.Length));
        Assert.True(engine.Statistics.Preemptions > 0, "the block pool was never tight");
        AssertIdle(engine);
    }

    [Fact]
    public async Task EmbedAsync_Dimensions_AreTheFirstOnesAtLengthOne()
    {
        await using var engine = Engine(new EngineOptions { ModelPath = EngineRun.SmallModel });
        var request = new EmbeddingRequest { PromptIds = Text, Pooling = EmbeddingPooling.Mean };
        var whole = await engine.EmbedAsync(request);
        var cut = await engine.EmbedAsync(request with { Dimensions = 10 });
        var length = Math.Sqrt(whole[..10].Sum(value => (double)value * value));
        Assert.Equal(10, cut.Length);
        Assert.All(whole.Zip(cut), pair => Assert.Equal(pair.First / length, pair.Second, 1e-6));
        Assert.Equal(1, whole.Sum(value => (double)value * value), 1e-6);
    }

    [Fact]
    public async Task EmbedAsync_Cancelled_FreesItsBlocksAtOnce()
    {
        // The third pass of forty is held up until the text is given up.
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim resume = new();
        var passes = 0;
        var model = new FakeModel(batch =>
        {
            if (++passes == 3)
            {
                reached.SetResult();
                Assert.True(resume.Wait(TimeSpan.FromMinutes(1)));
            }

            return [.. batch.LogitTokens.Select(_ => 1f)];
        });
        await using var engine = FakeModel.Engine(model, new EngineOptions { ModelPath = "none", KvCacheTokens = 64, MaxStepTokens = 1, MaxRunningSequences = 1 });
        using var cancellation = new CancellationTokenSource();
        var embedding = engine.EmbedAsync(new EmbeddingRequest { PromptIds = [.. Enumerable.Repeat(1, 40)], Pooling = EmbeddingPooling.Mean }, cancellation.Token);
        try
        {
            await reached.Task.WaitAsync(TimeSpan.FromMinutes(1));
            await cancellation.CancelAsync();
            AssertIdle(engine);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
        }
        finally
        {
            resume.Set();
        }
    }

    [Fact]
    public async Task EmbedAsync_StatesThatAreNoNumbers_FailsThatRequestOnly()
    {
        await using var engine = FakeModel.Engine(new FakeModel(batch => [.. batch.LogitTokens.Select(_ => 1f)]) { State = float.NaN });
        var exception = await Assert.ThrowsAsync<EngineException>(
            () => engine.EmbedAsync(new EmbeddingRequest { PromptIds = [1, 2], Pooling = EmbeddingPooling.Mean }));
        Assert.Contains("NaN", exception.Message, StringComparison.Ordinal);
        var answer = await engine.IdsAsync(new TokenRequest { PromptIds = [1], MaxTokens = 1, Sampling = new() { Temperature = 0 } });
        Assert.Equal([FakeModel.Answer], answer);
        AssertIdle(engine);
    }

    [Fact]
    public async Task EmbedAsync_WhatTheModelCannotTake_IsRefusedByItsName()
    {
        await using var engine = Engine(new EngineOptions { ModelPath = EngineRun.SmallModel, MaxContextTokens = 50 });
        Assert.Equal(engine.Model.EmbeddingSize, (await engine.EmbedAsync(Request(Text[..50]))).Length);
        await RefusesAsync(nameof(EmbeddingRequest.PromptIds), Request([]));
        await RefusesAsync(nameof(EmbeddingRequest.PromptIds), Request(Text[..51]));
        await RefusesAsync(nameof(EmbeddingRequest.PromptIds), Request([5, 99_999]));
        await RefusesAsync(nameof(EmbeddingRequest.Pooling), Request([5]) with { Pooling = (EmbeddingPooling)7 });
        await RefusesAsync(nameof(EmbeddingRequest.Dimensions), Request([5]) with { Dimensions = 0 });
        await RefusesAsync(nameof(EmbeddingRequest.Dimensions), Request([5]) with { Dimensions = engine.Model.EmbeddingSize + 1 });

        async Task RefusesAsync(string field, EmbeddingRequest request) =>
            Assert.Equal(field, (await Assert.ThrowsAsync<EngineRequestException>(() => engine.EmbedAsync(request))).Field);

        static EmbeddingRequest Request(int[] ids) => new() { PromptIds = ids, Pooling = EmbeddingPooling.Mean };
    }

    private static InferenceEngine Engine(EngineOptions options) => InferenceEngine.Load(options with { Device = ComputeDevice.Cpu });

    private static void AssertIdle(InferenceEngine engine)
    {
        engine.CheckIntegrity();
        Assert.Equal(0, engine.Statistics.HeldBlocks);
    }
}
