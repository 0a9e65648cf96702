using Gateway.Engine.Tests.Models;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>How likely the model holds the tokens of a text that it is given.</summary>
public sealed class ScoreTests
{
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Folders => ModelGoldenTests.Folders;

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task ScoreAsync_GoldenPrompts_LogprobsAreThoseOfTheReferenceLogits(string folder)
    {
        using var golden = new GoldenModel(folder);
        await using var engine = Engine(new EngineOptions { ModelPath = folder, MaxStepTokens = 48 });
        foreach (var prompt in golden.Prompts.Where(prompt => prompt.Ids.Length > 1 && prompt.Ids.Length <= engine.Model.ContextLength))
        {
            var scores = await engine.ScoreAsync(new ScoreRequest { PromptIds = prompt.Ids, TopLogprobs = 5 });
            Assert.Equal(prompt.Ids.Length - 1, scores.Count);
            var rows = golden.Tensors.Floats(prompt.LogitsKey).Chunk(golden.Tensors.Columns(prompt.LogitsKey)).ToArray();

            // Both the logit and the normalising sum may be off.
            var tolerance = 2 * Tolerance * rows.Max(row => row.Max(MathF.Abs));
            foreach (var (position, row) in prompt.Positions.Zip(rows).Where(pair => pair.First < prompt.Ids.Length - 1))
            {
                var expected = Logprobs(row);
                var score = scores[position];
                Assert.Equal(expected[prompt.Ids[position + 1]], score.Logprob, tolerance);
                Assert.Equal(expected.Order().Reverse().Take(5), score.Top.Select(top => top.Logprob), (a, b) => Math.Abs(a - b) <= tolerance);
                Assert.All(score.Top, top => Assert.Equal(expected[top.Id], top.Logprob, tolerance));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task ScoreAsync_GoldenAnswers_TopFiveAreTheReferences(string folder)
    {
        using var golden = new GoldenModel(folder);
        await using var engine = Engine(new EngineOptions { ModelPath = folder, MaxStepTokens = 48 });
        foreach (var prompt in golden.Prompts.Where(prompt => prompt.Ids.Length + prompt.Top5.Length <= engine.Model.ContextLength))
        {
            var count = prompt.Top5.Length;
            var scores = await engine.ScoreAsync(new ScoreRequest { PromptIds = [.. prompt.Ids, .. prompt.Greedy.Take(count)], TopLogprobs = 5 });
            var tolerance = 2 * Tolerance * golden.Tensors.Floats(prompt.LogitsKey).Max(MathF.Abs);
            for (var i = 0; i < count; i++)
            {
                var score = scores[prompt.Ids.Length - 1 + i];
                Assert.Equal(prompt.Greedy[i], score.Top[0].Id);
                Assert.Equal(score.Top[0].Logprob, score.Logprob);
                Assert.Equal(prompt.Top5[i].Select(top => top.Logprob), score.Top.Select(top => top.Logprob), (a, b) => Math.Abs(a - b) <= tolerance);
            }
        }
    }

    [Fact]
    public async Task ScoreAsync_InPiecesBesideAnswersAndPreempted_HasTheSameBits()
    {
        int[] text = [.. Enumerable.Range(0, 90).Select(i => (i * 37 % 490) + 3)];
        var request = new ScoreRequest { PromptIds = text, TopLogprobs = 3 };
        await using var alone = Engine(new EngineOptions { ModelPath = EngineRun.SmallModel });
        var expected = await alone.ScoreAsync(request);
        await using var engine = Engine(new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            BlockSize = 4,
            KvCacheTokens = 120,
            MaxRunningSequences = 5,
            MaxStepTokens = 11,
        });
        var answers = Enumerable.Range(0, 3).Select(i => engine.IdsAsync(new TokenRequest { PromptIds = [5 + i, 6, 7], MaxTokens = 40, IgnoreEos = true })).ToList();
        foreach (var scores in await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => engine.ScoreAsync(request))))
        {
            Assert.Equal(expected.Select(score => score.Logprob), scores.Select(score => score.Logprob));
            Assert.Equal(expected.SelectMany(score => score.Top), scores.SelectMany(score => score.Top));
        }

        await Task.WhenAll(answers);
        Assert.True(engine.Statistics.Preemptions > 0, "the block pool was never tight");
        engine.CheckIntegrity();
        Assert.Equal(0, engine.Statistics.HeldBlocks);
    }

    [Fact]
    public async Task ScoreAsync_OneToken_HasNothingToTell()
    {
        await using var engine = Engine(new EngineOptions { ModelPath = EngineRun.SmallModel });
        Assert.Empty(await engine.ScoreAsync(new ScoreRequest { PromptIds = [5] }));
    }

    [Fact]
    public async Task ScoreAsync_WhatTheModelCannotTake_IsRefusedByItsName()
    {
        await using var engine = Engine(new EngineOptions { ModelPath = EngineRun.SmallModel, MaxContextTokens = 4 });
        await RefusesAsync(nameof(ScoreRequest.PromptIds), new ScoreRequest { PromptIds = [] });
        await RefusesAsync(nameof(ScoreRequest.PromptIds), new ScoreRequest { PromptIds = [1, 2, 3, 4, 5] });
        await RefusesAsync(nameof(ScoreRequest.TopLogprobs), new ScoreRequest { PromptIds = [1], TopLogprobs = 21 });

        async Task RefusesAsync(string field, ScoreRequest request) =>
            Assert.Equal(field, (await Assert.ThrowsAsync<EngineRequestException>(() => engine.ScoreAsync(request))).Field);
    }

    private static InferenceEngine Engine(EngineOptions options) => InferenceEngine.Load(options with { Device = ComputeDevice.Cpu });

    private static double[] Logprobs(float[] logits)
    {
        var max = logits.Max();
        var normalizer = max + Math.Log(logits.Sum(logit => Math.Exp(logit - max)));
        return [.. logits.Select(logit => logit - normalizer)];
    }
}
