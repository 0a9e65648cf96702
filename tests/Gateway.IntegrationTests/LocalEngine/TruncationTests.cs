using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>Prompts that are too long, where the operator has them cut off instead of refused.</summary>
public sealed class TruncationTests : IAsyncLifetime
{
    private const string Header = "x-gateway-truncated-tokens";
    private const int Window = 64;

    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await StartAsync($"contextWindow: {Window}, capabilities: [ completions ]", ("Engine:ContextOverflow", "TruncateLeft"));

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData(200, 10, 54)]
    [InlineData(64, 10, 54)]
    [InlineData(200, 60, 32)]
    public async Task Completions_PromptTooLong_KeepsItsEndAndSaysSo(int tokens, int answer, int kept)
    {
        int[] prompt = [.. Enumerable.Range(0, tokens).Select(i => 300 + (i * 7 % 500))];
        var cut = await CompleteAsync(prompt, answer);
        Assert.Equal(kept, cut.PromptTokens);
        Assert.Equal($"{tokens - kept}", Assert.Single(cut.Headers.GetValues(Header)));
        var whole = await CompleteAsync(prompt[^kept..], answer);
        Assert.Equal(cut.Text, whole.Text);
        Assert.False(whole.Headers.Contains(Header));
    }

    [Fact]
    public async Task Completions_PromptThatBeginsWithBos_KeepsIt()
    {
        int[] prompt = [0, .. Enumerable.Range(0, 200).Select(i => 300 + (i * 7 % 500))];
        var cut = await CompleteAsync(prompt, 10);
        Assert.Equal("147", Assert.Single(cut.Headers.GetValues(Header)));
        Assert.Equal((await CompleteAsync([0, .. prompt[^53..]], 10)).Text, cut.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chat_ConversationTooLong_IsAnsweredAndSaysSo(bool isStream)
    {
        var answer = await _gateway.Client.ChatAsync(Ask(string.Concat(Enumerable.Repeat("word ", 200)), ("max_tokens", 4), ("stream", isStream)));
        Assert.Equal(200, (int)answer.Status);
        Assert.True(int.Parse(Assert.Single(answer.Headers.GetValues(Header)), System.Globalization.CultureInfo.InvariantCulture) > 100);
        var metrics = (await _gateway.Client.GetAnswerAsync("metrics")).Body;
        Assert.Matches(@"gateway_engine_prompt_tokens_truncated_total\{[^}]*\} [1-9]", metrics);
    }

    [Fact]
    public async Task Chat_ConversationThatFits_IsLeftAlone()
    {
        var answer = await _gateway.Client.ChatAsync(Ask("ping"));
        Assert.Equal("pong", answer.Text);
        Assert.False(answer.Headers.Contains(Header));
    }

    [Fact]
    public async Task Chat_ConversationTooLongByDefault_IsRefused()
    {
        await using var refusing = await StartAsync($"contextWindow: {Window}");
        (await refusing.Client.ChatAsync(Ask(string.Concat(Enumerable.Repeat("word ", 200))))).ShouldBe(ErrorCode.CallerContextLengthExceeded, "messages");
    }

    private Task<Answer> CompleteAsync(int[] prompt, int maxTokens) =>
        _gateway.Client.CompleteAsync(new { model = "auto", prompt, max_tokens = maxTokens, temperature = 0, ignore_eos = true });
}
