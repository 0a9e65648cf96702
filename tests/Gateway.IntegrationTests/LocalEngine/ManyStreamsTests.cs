using Gateway.IntegrationTests.FrontDoor;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;
using ProcessEngine = Gateway.Providers.Local.LocalEngine;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>Two hundred streams at once over HTTP, more than run at the same time.</summary>
public sealed class ManyStreamsTests
{
    private const int Streams = 200;
    private const int Rounds = 2;

    private static readonly string[] Questions =
    [
        "Hello", "What is 2+2?", "What is the capital of France?", "Count from 1 to 10", "ping", "Tell me a joke", "What is a KV cache?", "Explain mixture of experts",
    ];

    [Fact]
    public async Task Chat_TwoHundredStreams_EachGetsItsSoloAnswerAndNoBlockIsLost()
    {
        await using var gateway = await StartAsync("contextWindow: 4096", ("Engine:KvCacheTokens", "1200"), ("Engine:BlockSize", "4"), ("Engine:MaxStepTokens", "96"), ("Engine:MaxPrefillChunk", "16"));
        using var client = new HttpClient { BaseAddress = gateway.BaseUrl, Timeout = TimeSpan.FromMinutes(2) };
        var requests = Questions.SelectMany(_ => (int[])[8, 40, 90], (question, length) => (Question: question, Length: length)).ToList();
        List<string> alone = [];
        foreach (var request in requests)
        {
            alone.Add(await AskAsync(client, request));
        }

        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async stream =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var which = ((stream * 7) + (round * 5)) % requests.Count;
                Assert.Equal(alone[which], await AskAsync(client, requests[which]));
            }
        }));

        await WaitUntilIdleAsync(gateway);
        var statistics = gateway.Services.GetRequiredService<ProcessEngine>().Current!.Engine.Statistics;
        Assert.True(statistics.PrefixHits > 0, "every prompt was computed from its beginning");
        gateway.ShouldHaveLoggedNoError();
    }

    private static async Task<string> AskAsync(HttpClient client, (string Question, int Length) request) =>
        (await AnswerEvents.StreamAsync(client, GatewayRequests.ChatPath, Ask(request.Question, ("max_tokens", request.Length), ("ignore_eos", true)))).Text;
}
