using System.Net;
using System.Net.Sockets;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.IntegrationTests.Observability;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Operations;

/// <summary>A gateway that is asked to stop loses no request that can still be answered, and leaves none without a word.</summary>
public sealed class StopTests
{
    private static readonly IReadOnlyList<string> Events = ChatEvents.Text("Hello", " world");

    [Fact]
    public async Task Stop_WhileItDrains_RequestsAreServedAndConnectionsGivenUpBehindThem()
    {
        await using var provider = await FakeProvider.StartAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await StartAsync(provider, time, drain: 10, stop: 3600);
        var gate = new EventGate();
        using var streaming = await BeginStreamAsync(provider, gateway, gate);
        provider.RespondWith(Reply.Fixture("chat-completion.json"));

        var stopping = gateway.StopAsync();

        Answer ready = null!;
        await Wait.UntilAsync(async () => (ready = await gateway.Client.GetAnswerAsync("health/ready")).Status == HttpStatusCode.ServiceUnavailable);
        Assert.Equal("stopping", ready.Json.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAnswerAsync("health/live")).Status);
        var answer = await gateway.Client.ChatAsync(Ask.Whole);
        Assert.NotEmpty(answer.Text);
        Assert.True(answer.Headers.ConnectionClose);

        await Wait.UntilAsync(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return await IsRefusedAsync(gateway.BaseUrl);
        });
        Assert.False(stopping.IsCompleted);
        gate.Open();
        Assert.Equal(Wire.Events(Events.Skip(1)) + Wire.Done, (await Delivered.ReadAsync(streaming)).AssertWholeStream().TextWithoutSpending);
        await stopping.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Stop_RequestsThatDoNotEndInTime_AreToldSoAndNotCalledAbandoned()
    {
        await using var provider = await FakeProvider.StartAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await StartAsync(provider, time, drain: 0, stop: 30);
        using var streaming = await BeginStreamAsync(provider, gateway, new EventGate());
        provider.RespondWith(Reply.Hang());
        var asking = gateway.Client.ChatAsync(Ask.Whole);
        await provider.WaitForRequestAsync(1);

        var stopping = gateway.StopAsync();
        await gateway.LoggedAsync("Stopping with 2 requests under way");
        await Wait.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(15));
            return asking.IsCompleted;
        });

        var answer = await asking;
        answer.ShouldBe(ErrorCode.PolicyStopping);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
        Assert.Equal(ErrorCode.PolicyStopping.Name, (string?)(await Delivered.ReadAsync(streaming)).AssertBrokenStream()["code"]);
        await stopping.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await gateway.LoggedAsync("2 requests have not ended within 30 s and are cut off");
        await gateway.LoggedAsync("failed with policy_stopping");
        Assert.DoesNotContain(gateway.Log, line => line.Contains("abandoned", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_AskedTwice_IsOneStop()
    {
        await using var provider = await FakeProvider.StartAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using (var gateway = await StartAsync(provider, time, drain: 0, stop: 30))
        {
            await gateway.StopAsync();
            await gateway.StopAsync();
            Assert.Single(gateway.Log, line => line.Contains("Stopping with", StringComparison.Ordinal));
        }

        // Nothing is left that would run, and find the gateway disposed of.
        time.Advance(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public Task SigtermAndSighup_WhileAnswersAreUnderWay_TheyEndWholeAndTheExitCodeIsZero() => StreamAsync(
        meanwhile: async (process, _, client) =>
        {
            await process.TerminateAsync();
            await Wait.UntilAsync(() => IsRefusedAsync(client.BaseAddress!));
            await process.SignalAsync("HUP");
        },
        afterwards: async process =>
        {
            Assert.Equal(0, await process.WaitForExitAsync());
            Assert.Contains("Stopping with 1 requests under way", process.Output, StringComparison.Ordinal);
        });

    [Fact]
    public Task Sighup_WhileAnswersAreUnderWay_IsNoEndAndThePoliciesAreThoseOfTheFiles() => StreamAsync(
        meanwhile: async (process, policies, _) =>
        {
            policies.Write("routes.yaml", "routes: { other: { candidates: [ fake/echo ] } }");
            await process.SignalAsync("HUP");
            await Wait.UntilAsync(() => process.Output.Contains("SIGHUP: the policies are looked at now", StringComparison.Ordinal));
            await Wait.UntilAsync(() => process.Output.Contains("Policies in use: version 2", StringComparison.Ordinal));
        },
        afterwards: _ => Task.CompletedTask);

    /// <summary>Has a process send a stream, which must reach its client whole whatever happens meanwhile.</summary>
    private static async Task StreamAsync(Func<GatewayProcess, TempFolder, HttpClient, Task> meanwhile, Func<GatewayProcess, Task> afterwards)
    {
        await using var provider = await FakeProvider.StartAsync();
        var gate = new EventGate();
        provider.RespondWith(Reply.Stream(Events, new StreamOptions { Gate = gate }));
        using var policies = new TempFolder();
        policies.Write("providers.yaml", $"providers: {{ fake: {{ dialect: openai, baseUrl: \"{provider.BaseUrl}\", models: {{ echo: {{ contextWindow: 128000 }} }} }} }}");
        policies.Write("routes.yaml", "routes: { auto: { candidates: [ fake/echo ] } }");
        await using var process = GatewayProcess.Start(["serve", $"--Gateway:PoliciesPath={policies.Path}", "--Gateway:Urls=http://127.0.0.1:0"], policies.Path);
        using var client = new HttpClient { BaseAddress = await process.WaitForUrlAsync() };
        gate.Release(2);
        using var request = new HttpRequestMessage(HttpMethod.Post, GatewayRequests.ChatPath) { Content = new StringContent(Ask.Stream, System.Text.Encoding.UTF8, "application/json") };
        using var streaming = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        await meanwhile(process, policies, client);
        gate.Open();

        Assert.Equal(Wire.Events(Events) + Wire.Done, (await Delivered.ReadAsync(streaming)).AssertWholeStream().TextWithoutSpending);
        await afterwards(process);
    }

    /// <summary>A stream of which the client has the first event, and the gate holds the rest.</summary>
    private static async Task<HttpResponseMessage> BeginStreamAsync(FakeProvider provider, GatewayUnderTest gateway, EventGate gate)
    {
        provider.RespondWith(Reply.Stream(Events, new StreamOptions { Gate = gate }));
        gate.Release(2);
        var response = await gateway.StartAsync(Ask.Stream);
        await Delivered.ExpectNextAsync(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), Wire.Event(Events[0]));
        return response;
    }

    private static Task<GatewayUnderTest> StartAsync(FakeProvider provider, TimeProvider time, int drain, int stop) => GatewayUnderTest.StartAsync(setup =>
    {
        FrontDoorGateway.UseProvider(setup, provider);
        setup.FailoverYaml = "defaults: { limits: { answerSeconds: 3600, firstTokenSeconds: 3600, betweenTokensSeconds: 3600 } }";
        setup.Time = time;
        setup.Settings["Gateway:DrainSeconds"] = $"{drain}";
        setup.Settings["Gateway:StopSeconds"] = $"{stop}";
    });

    private static async Task<bool> IsRefusedAsync(Uri url)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(url.Host, url.Port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
