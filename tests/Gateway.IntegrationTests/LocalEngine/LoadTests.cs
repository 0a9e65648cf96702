using System.Net;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;
using ProcessEngine = Gateway.Providers.Local.LocalEngine;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>Many requests at once, clients that leave, and a full engine.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class LoadTests(LocalGateway local)
{
    private static readonly string[] Questions =
    [
        "Hello", "What is 2+2?", "What is the capital of France?", "Count from 1 to 10", "ping", "Say hello in French", "What does HTTP 429 mean?", "Tell me a joke",
        "Write hello world in C#", "What is a KV cache?", "Translate good morning to German", "Respond with OK", "Explain mixture of experts", "7 times 8",
        "Write a haiku about the sea", "How do I add a provider?",
    ];

    [Fact]
    public async Task Chat_SixteenAtOnce_EachGetsItsSoloAnswer()
    {
        List<string> alone = [];
        foreach (var question in Questions)
        {
            alone.Add((await local.Client.ChatAsync(Ask(question, ("max_tokens", 40)))).Text);
        }

        var together = await Task.WhenAll(Questions.Select((question, i) => i % 2 == 0
            ? WholeAsync(question)
            : StreamedAsync(question)));

        Assert.Equal(alone, together);
        await WaitUntilIdleAsync(local.Gateway);

        async Task<string> WholeAsync(string question) => (await local.Client.ChatAsync(Ask(question, ("max_tokens", 40)))).Text;
        async Task<string> StreamedAsync(string question) =>
            (await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, Ask(question, ("max_tokens", 40)))).Text;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chat_ClientLeavesInTheMiddle_FreesTheEngine(bool isStream)
    {
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, GatewayRequests.ChatPath)
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(Endless(isStream))) { Headers = { ContentType = new("application/json") } },
        };
        var pending = local.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        await Wait.UntilAsync(() => local.Engine.Current!.Engine.Statistics.Running == 1);
        if (isStream)
        {
            using var response = await pending;
            await using var stream = await response.Content.ReadAsStreamAsync();
            Assert.NotEqual(0, await stream.ReadAsync(new byte[64]));
        }
        else
        {
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        }

        await WaitUntilIdleAsync(local.Gateway);
        Assert.Equal("pong", (await local.Client.ChatAsync(Ask("ping"))).Text);
        await local.Gateway.LoggedAsync("abandoned");
        local.Gateway.ShouldHaveLoggedNoError();
    }

    [Fact]
    public async Task Chat_FullEngine_IsOverloadedWithRetryAfter()
    {
        await using var small = await StartAsync("contextWindow: 4096", ("Engine:MaxRunningSequences", "1"), ("Engine:MaxWaitingRequests", "1"));
        using var leaving = new CancellationTokenSource();
        var engine = small.Services.GetRequiredService<ProcessEngine>().Current!.Engine;
        var pending = Enumerable.Range(0, 2).Select(_ => small.Client.PostAsync(GatewayRequests.ChatPath, JsonBody(Endless(isStream: false)), leaving.Token)).ToList();
        await Wait.UntilAsync(() => engine.Statistics is { Running: 1, Waiting: 1 });

        foreach (var isStream in new[] { false, true })
        {
            var refused = await small.Client.ChatAsync(Ask("ping", ("stream", isStream)));
            refused.ShouldBe(ErrorCode.ProviderOverloaded);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        }

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(pending));
        await WaitUntilIdleAsync(small);
        Assert.Equal("pong", (await small.Client.ChatAsync(Ask("ping"))).Text);
    }

    /// <summary>An answer that only the end of the context would end.</summary>
    private static Dictionary<string, object?> Endless(bool isStream) => Ask("Hello", ("ignore_eos", true), ("max_tokens", 4000), ("stream", isStream));

    private static ByteArrayContent JsonBody(object body) => new(JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ContentType = new("application/json") } };
}
