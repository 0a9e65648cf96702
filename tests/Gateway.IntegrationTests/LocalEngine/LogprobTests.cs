using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>Log probabilities in OpenAI's shape.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class LogprobTests(LocalGateway local)
{
    [Fact]
    public async Task Chat_TopLogprobs_DescribeEveryTokenOfTheText()
    {
        var answer = await local.Client.ChatAsync(Ask("Translate good morning to Spanish", ("logprobs", true), ("top_logprobs", 3)));
        var entries = answer.OkJson.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray().ToList();
        Assert.Equal(answer.CompletionTokens - 1, entries.Count);
        Assert.Equal(answer.Text, Encoding.UTF8.GetString([.. entries.SelectMany(Bytes)]));
        Assert.All(entries, entry =>
        {
            Assert.InRange(entry.GetProperty("logprob").GetDouble(), -1e9, 0);
            var top = entry.GetProperty("top_logprobs").EnumerateArray().ToList();
            Assert.Equal(3, top.Count);

            // Greedy: the token that was taken is the likeliest.
            Assert.Equal(entry.GetProperty("logprob").GetDouble(), top[0].GetProperty("logprob").GetDouble());
            Assert.Equal(top.Select(Value).OrderDescending(), top.Select(Value));
            Assert.All(top, alternative => Assert.False(alternative.TryGetProperty("top_logprobs", out _)));
        });

        static double Value(JsonElement entry) => entry.GetProperty("logprob").GetDouble();
    }

    [Fact]
    public async Task Stream_Logprobs_AreThoseOfTheWholeAnswer()
    {
        var body = Ask("Translate good morning to Spanish", ("logprobs", true), ("top_logprobs", 1));
        var whole = (await local.Client.ChatAsync(body)).OkJson.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray();
        var events = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, body);
        var streamed = events.Chunks
            .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("logprobs"))
            .Where(logprobs => logprobs.ValueKind == JsonValueKind.Object)
            .SelectMany(logprobs => logprobs.GetProperty("content").EnumerateArray());
        Assert.Equal(whole.Select(entry => entry.GetRawText()), streamed.Select(entry => entry.GetRawText()));
    }

    [Fact]
    public async Task Chat_LogprobsAlone_HasNoAlternatives()
    {
        var answer = await local.Client.ChatAsync(Ask("ping", ("logprobs", true)));
        var entry = Assert.Single(answer.OkJson.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray());
        Assert.Equal(0, entry.GetProperty("top_logprobs").GetArrayLength());
    }

    [Theory]
    [InlineData(true, 21)]
    [InlineData(false, 3)]
    [InlineData(null, 3)]
    public async Task Chat_TopLogprobsThatCannotBe_NamesTheField(bool? logprobs, int top) =>
        (await local.Client.ChatAsync(Ask("ping", ("logprobs", logprobs), ("top_logprobs", top)))).ShouldBe(ErrorCode.CallerInvalidField, "top_logprobs");

    private static IEnumerable<byte> Bytes(JsonElement entry) => entry.GetProperty("bytes").EnumerateArray().Select(value => value.GetByte());
}
