using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class ClientDisconnectTests
{
    [Theory]
    [InlineData(FakeTransport.Http1)]
    [InlineData(FakeTransport.Http2Cleartext)]
    public async Task Trap28_ClientLeavesInTheMiddleOfAStream_ProviderSeesTheAbort(FakeTransport transport)
    {
        await using var provider = await FakeProvider.StartAsync(transport);
        provider.RespondWith(Reply.Stream(ChatEvents.Text("Hello"), new StreamOptions { StopAfter = 2, End = StreamEnd.Silence }));
        await using var gateway = await StartAsync(provider, transport);

        using (var response = await gateway.StartAsync(Ask.Stream))
        {
            var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await Delivered.ExpectNextAsync(body, Wire.Event(ChatEvents.Role()));
        }

        await AssertAbandonedAsync(provider, gateway);
    }

    [Fact]
    public async Task Trap28_ClientLeavesWhileTheProviderKeepsSending_ProviderSeesTheAbort()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Stream(
            ChatEvents.Text([.. Enumerable.Repeat("word ", 10_000)]), new StreamOptions { EventDelay = TimeSpan.FromMilliseconds(5) }));
        await using var gateway = await StartAsync(provider, FakeTransport.Http1);

        using (var response = await gateway.StartAsync(Ask.Stream))
        {
            var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await Delivered.ExpectNextAsync(body, Wire.Event(ChatEvents.Role()));
        }

        await AssertAbandonedAsync(provider, gateway);
    }

    [Theory]
    [InlineData(Ask.Stream, FakeTransport.Http1)]
    [InlineData(Ask.Whole, FakeTransport.Http1)]
    [InlineData(Ask.Stream, FakeTransport.Http2Cleartext)]
    [InlineData(Ask.Whole, FakeTransport.Http2Cleartext)]
    public async Task Trap28_ClientLeavesBeforeTheProvidersHeaders_ProviderSeesTheAbort(string body, FakeTransport transport)
    {
        await using var provider = await FakeProvider.StartAsync(transport);
        provider.RespondWith(Reply.Hang());
        await using var gateway = await StartAsync(provider, transport);
        using var leaving = new CancellationTokenSource();

        var asking = gateway.StartAsync(body, cancellationToken: leaving.Token);
        await provider.WaitForRequestAsync();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await AssertAbandonedAsync(provider, gateway);
    }

    [Fact]
    public async Task Trap28_ClientLeavesBetweenHeadersAndFirstEvent_ProviderSeesTheAbort()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Stream([], new StreamOptions { StopAfter = 0, End = StreamEnd.Silence }));
        await using var gateway = await StartAsync(provider, FakeTransport.Http1);
        using var leaving = new CancellationTokenSource();

        var asking = gateway.StartAsync(Ask.Stream, cancellationToken: leaving.Token);
        await provider.WaitForRequestAsync();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await AssertAbandonedAsync(provider, gateway);
    }

    [Fact]
    public async Task Trap28_ClientLeaves_NoOtherProviderIsAsked()
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(Reply.Hang());
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", first.BaseUrl), new ProviderEntry("second", second.BaseUrl));
        using var leaving = new CancellationTokenSource();

        var asking = gateway.StartAsync(Ask.Whole, cancellationToken: leaving.Token);
        await first.WaitForRequestAsync();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await AssertAbandonedAsync(first, gateway);
        Assert.Empty(second.Requests);
    }

    private static Task<GatewayUnderTest> StartAsync(FakeProvider provider, FakeTransport transport) =>
        ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl)
        {
            // Longer than any wait of these tests: only the client's leaving can end the request.
            LimitSeconds = 120,
            Lines = transport == FakeTransport.Http2Cleartext ? ["httpVersion: \"2\""] : [],
        });

    /// <summary>The provider is told, and the log says that the client left rather than that something failed.</summary>
    private static async Task AssertAbandonedAsync(FakeProvider provider, GatewayUnderTest gateway)
    {
        await provider.Requests.Single().ClientAborted.WaitAsync(Wait.DefaultTimeout, TestContext.Current.CancellationToken);
        await gateway.LoggedAsync("was abandoned by its client");
        Assert.DoesNotContain(gateway.Log, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal));
    }
}
