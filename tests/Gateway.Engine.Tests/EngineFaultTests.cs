using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>What the engine does when the model fails.</summary>
public sealed class EngineFaultTests
{
    private const int Breaks = 1;
    private const int NotANumber = 2;
    private const int Fine = FakeModel.Answer;

    [Fact]
    public async Task Step_ModelThrows_FailsItsRequestsAndGoesOn()
    {
        await using var engine = Engine();
        var exception = await Assert.ThrowsAsync<EngineException>(() => engine.IdsAsync(Request(Breaks)));
        Assert.Contains("broken token", exception.Message, StringComparison.Ordinal);
        Assert.Equal(4, (await engine.IdsAsync(Request(Fine))).Length);
        Assert.Null(engine.Fault);
        engine.CheckIntegrity();
        Assert.Equal(0, engine.Statistics.HeldBlocks);
    }

    [Fact]
    public async Task Step_LogitsAreNotNumbers_FailsThatRequestOnly()
    {
        await using var engine = Engine();
        var fine = engine.IdsAsync(Request(Fine));
        var exception = await Assert.ThrowsAsync<EngineException>(() => engine.IdsAsync(Request(NotANumber)));
        Assert.Contains("NaN", exception.Message, StringComparison.Ordinal);
        Assert.Equal(4, (await fine).Length);
    }

    [Fact]
    public async Task Step_LogitsAreNotNumbers_NobodyFindsThatPrefix()
    {
        var isDamaged = true;
        await using var engine = FakeModel.Engine(new FakeModel(batch => [.. batch.LogitTokens.Select(_ => isDamaged ? float.NaN : 1)]));
        var request = Request(Fine) with { PromptIds = new int[40] };
        await Assert.ThrowsAsync<EngineException>(() => engine.IdsAsync(request));
        isDamaged = false;
        Assert.Equal(0, (await engine.CollectAsync(request))[0].CachedPromptTokens);
        Assert.Equal(32, (await engine.CollectAsync(request))[0].CachedPromptTokens);
        engine.CheckIntegrity();
    }

    [Fact]
    public async Task Step_ThreeFailuresInARow_StopsTheEngineAndSaysSo()
    {
        await using var engine = Engine();
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<EngineException>(() => engine.IdsAsync(Request(Breaks)));
        }

        var exception = await Assert.ThrowsAsync<EngineException>(() => engine.IdsAsync(Request(Fine)));
        Assert.Contains("broken token", exception.Message, StringComparison.Ordinal);
        Assert.Equal(engine.Fault, exception.Message);
    }

    private static TokenRequest Request(int first) => new() { PromptIds = [first], MaxTokens = 4, Sampling = new() { Temperature = 0 } };

    private static InferenceEngine Engine() => FakeModel.Engine(new FakeModel(batch =>
    {
        if (batch.TokenIds.Contains(Breaks))
        {
            throw new InvalidOperationException("broken token");
        }

        return [.. batch.LogitTokens.Select(token => batch.TokenIds[token] == NotANumber ? float.NaN : 1)];
    }));
}
