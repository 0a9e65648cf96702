using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>Several choices for one conversation.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class ChoicesTests(LocalGateway local)
{
    private static readonly (string Name, object? Value)[] Sampled = [("temperature", 1.5), ("max_tokens", 20), ("seed", 42), ("ignore_eos", true)];

    [Fact]
    public async Task Chat_FourChoices_AreDeterministicAndTheFirstIsThatOfOne()
    {
        var one = await local.Client.ChatAsync(Ask("Tell me a joke", Sampled));
        var four = await local.Client.ChatAsync(Ask("Tell me a joke", [.. Sampled, ("n", 4)]));
        var again = await local.Client.ChatAsync(Ask("Tell me a joke", [.. Sampled, ("n", 4)]));
        Assert.Equal([0, 1, 2, 3], four.OkJson.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal(one.Text, Texts(four)[0]);
        Assert.Equal(Texts(four), Texts(again));
        Assert.Equal(4, Texts(four).Distinct().Count());
        Assert.Equal(one.PromptTokens, four.PromptTokens);
        Assert.Equal(80, four.CompletionTokens);
    }

    [Fact]
    public async Task Stream_ThreeChoices_InterleaveAndAddUpToTheWholeOnes()
    {
        var whole = await local.Client.ChatAsync(Ask("Tell me a joke", [.. Sampled, ("n", 3), ("logprobs", true)]));
        var body = Ask("Tell me a joke", [.. Sampled, ("n", 3), ("logprobs", true), ("stream_options", new { include_usage = true })]);
        var events = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, body);
        Assert.Equal(whole.OkJson.GetProperty("usage").GetRawText(), events.Chunks[^1].GetProperty("usage").GetRawText());
        var choices = events.Chunks.SkipLast(1).Select(chunk => Assert.Single(chunk.GetProperty("choices").EnumerateArray())).ToList();
        var order = choices.Where(choice => Content(choice).Length > 0).Select(Index).ToList();
        Assert.NotEqual(order.Order(), order);
        for (var index = 0; index < 3; index++)
        {
            var own = choices.Where(choice => Index(choice) == index).ToList();
            Assert.Equal("assistant", own[0].GetProperty("delta").GetProperty("role").GetString());
            Assert.Equal(Texts(whole)[index], string.Concat(own.Select(Content)));
            Assert.Equal(["length"], own.Select(choice => choice.GetProperty("finish_reason").GetString()).Where(reason => reason is not null));
            Assert.Equal(Logprobs([whole.OkJson.GetProperty("choices")[index]]), Logprobs(own));
        }

        await WaitUntilIdleAsync(local.Gateway);
    }

    [Fact]
    public async Task Chat_MoreChoicesThanThereMayBe_AreRefused() =>
        (await local.Client.ChatAsync(Ask("ping", ("n", 129)))).ShouldBe(ErrorCode.CallerInvalidField, "n");

    private static int Index(JsonElement choice) => choice.GetProperty("index").GetInt32();

    private static string Content(JsonElement choice) =>
        choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString()! : "";

    private static List<string> Texts(Answer answer) =>
        [.. answer.OkJson.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("message").GetProperty("content").GetString()!)];

    private static List<string> Logprobs(IEnumerable<JsonElement> choices) =>
    [
        .. choices.Select(choice => choice.GetProperty("logprobs")).Where(logprobs => logprobs.ValueKind == JsonValueKind.Object)
            .SelectMany(logprobs => logprobs.GetProperty("content").EnumerateArray()).Select(entry => entry.GetRawText()),
    ];
}
