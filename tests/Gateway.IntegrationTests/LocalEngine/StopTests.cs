using Gateway.IntegrationTests.FrontDoor;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>What ends an answer: stop strings, stop ids, and limits.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class StopTests(LocalGateway local)
{
    private const string Question = "What is a KV cache?";

    /// <summary>How the model answers <see cref="Question"/> when nothing stops it.</summary>
    private const string Beginning = "The KV cache keeps the keys and values of all earlier tokens, so that they are not computed again";

    public static TheoryData<string[], string> Stops => new()
    {
        { [" keys"], "The KV cache keeps the" },
        { ["eys and va"], "The KV cache keeps the k" },
        { [", so that they"], "The KV cache keeps the keys and values of all earlier tokens" },
        { ["not there", "tokens,"], "The KV cache keeps the keys and values of all earlier " },
        { ["values of", "KV"], "The " },
        { ["T"], "" },
    };

    [Theory]
    [MemberData(nameof(Stops))]
    public async Task Chat_StopString_EndsTheTextBeforeIt(string[] stops, string expected)
    {
        object stop = stops.Length == 1 ? stops[0] : stops;

        var whole = await local.Client.ChatAsync(Ask(Question, ("stop", stop)));
        var streamed = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, Ask(Question, ("stop", stop)));

        Assert.Equal(expected, whole.Text);
        Assert.Equal("stop", whole.FinishReason);
        Assert.Equal(expected, streamed.Text);
        Assert.Equal(["stop"], streamed.FinishReasons);
    }

    [Fact]
    public async Task Chat_StopStringThatDoesNotCome_ChangesNothing()
    {
        var whole = await local.Client.ChatAsync(Ask(Question, ("stop", new[] { "keys and nothing", "again!" }), ("max_tokens", 30)));
        Assert.StartsWith(Beginning, whole.Text, StringComparison.Ordinal);
        Assert.Equal("length", whole.FinishReason);
    }

    [Fact]
    public async Task Chat_StopString_FreesTheEngine()
    {
        await local.Client.ChatAsync(Ask(Question, ("stop", " keys"), ("max_tokens", 4000)));
        await WaitUntilIdleAsync(local.Gateway);
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("max_completion_tokens")]
    public async Task Chat_MaxTokens_EndsWithLength(string field)
    {
        var whole = await local.Client.ChatAsync(Ask(Question, (field, 4)));
        Assert.Equal(4, whole.CompletionTokens);
        Assert.Equal("length", whole.FinishReason);
        Assert.StartsWith(whole.Text, Beginning, StringComparison.Ordinal);
        Assert.Equal(["length"], (await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, Ask(Question, (field, 4)))).FinishReasons);
    }

    [Fact]
    public async Task Chat_HugeMaxTokens_IsAsManyAsThereCanBe() =>
        Assert.Equal("stop", (await local.Client.ChatAsync(Ask("ping", ("max_tokens", long.MaxValue)))).FinishReason);

    [Fact]
    public async Task Chat_WindowOfTheCatalogue_EndsTheAnswer()
    {
        await using var narrow = await StartAsync("contextWindow: 20, maxOutputTokens: 20");
        var whole = await narrow.Client.ChatAsync(Ask(Question));
        Assert.Equal(20, whole.PromptTokens + whole.CompletionTokens);
        Assert.Equal("length", whole.FinishReason);
    }

    [Fact]
    public async Task Chat_StopTokenId_EndsTheAnswer()
    {
        var stop = local.Engine.Current!.Tokenizer.IdOf("Ġkeys");
        Assert.NotNull(stop);
        var whole = await local.Client.ChatAsync(Ask(Question, ("stop_token_ids", new[] { stop })));
        Assert.Equal("The KV cache keeps the", whole.Text);
        Assert.Equal("stop", whole.FinishReason);
    }
}
