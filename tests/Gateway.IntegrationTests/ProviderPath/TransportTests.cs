using System.Net;
using Gateway.Policies;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class TransportTests
{
    public static TheoryData<FakeTransport, string, string> Transports { get; } = new()
    {
        { FakeTransport.Http1, "auto", "HTTP/1.1" },
        { FakeTransport.Http1, "1.1", "HTTP/1.1" },
        { FakeTransport.Http1Tls, "auto", "HTTP/1.1" },
        { FakeTransport.Http2Tls, "auto", "HTTP/2" },
        { FakeTransport.Http2Tls, "1.1", "HTTP/1.1" },
        { FakeTransport.Http2Tls, "2", "HTTP/2" },
        { FakeTransport.Http2Cleartext, "2", "HTTP/2" },
    };

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Post_AnyTransport_IsAnsweredOverOneConnection(FakeTransport transport, string httpVersion, string protocol)
    {
        await using var provider = await FakeProvider.StartAsync(transport);
        using var files = new TempFolder();
        await using var gateway = await ProviderGateway.StartAsync(Entry(provider, files, httpVersion));
        provider.Enqueue(Reply.Fixture("chat-completion.json"), Reply.StreamFixture("chat-stream.sse"), Reply.Fixture("chat-completion.json"));

        Assert.Equal(Fixtures.Text("chat-completion.json"), (await gateway.SendAsync(Ask.Whole)).Text);
        Assert.Equal(Fixtures.Text("chat-stream.sse"), (await gateway.SendAsync(Ask.Stream)).AssertWholeStream().Text);
        Assert.Equal(Fixtures.Text("chat-completion.json"), (await gateway.SendAsync(Ask.Whole)).Text);

        Assert.All(provider.Requests, request => Assert.Equal(protocol, request.Protocol));
        Assert.Equal(1, provider.ConnectionsAccepted);
    }

    [Fact]
    public async Task Post_AfterAReloadThatLeavesTheProvider_UsesTheSameConnection()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        var entry = new ProviderEntry("first", provider.BaseUrl);
        await using var gateway = await ProviderGateway.StartAsync(entry);
        await gateway.SendAsync(Ask.Whole);

        await ReloadAsync(gateway, entry with { UpstreamModel = "renamed" }, new ProviderEntry("added", "http://127.0.0.1:1/v1"));
        await gateway.SendAsync(Ask.Whole);

        Assert.Equal(["upstream-small", "renamed"], provider.Requests.Select(request => (string?)request.Json["model"]));
        Assert.Equal(1, provider.ConnectionsAccepted);
    }

    [Fact]
    public async Task PostStream_ReloadThatRemovesTheProviderMeanwhile_StreamEndsWell()
    {
        var gate = new EventGate();
        await using var provider = await FakeProvider.StartAsync();
        await using var other = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture("chat-stream.sse", new StreamOptions { Gate = gate }));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));
        gate.Release(2);
        using var response = await gateway.StartAsync(Ask.Stream);

        await ReloadAsync(gateway, new ProviderEntry("first", other.BaseUrl));
        gate.Open();

        Assert.Equal(Fixtures.Text("chat-stream.sse"), (await Delivered.ReadAsync(response)).AssertWholeStream().Text);
        other.RespondWith(Reply.Fixture("chat-completion.json"));
        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync(Ask.Whole)).Status);
        Assert.Single(other.Requests);
    }

    [Theory]
    [InlineData(FakeTransport.Http1Tls)]
    [InlineData(FakeTransport.Http2Tls)]
    public async Task Post_CertificateOfAnUnknownAuthority_IsUnreachableAndSaysWhy(FakeTransport transport)
    {
        await using var provider = await FakeProvider.StartAsync(transport);
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        await AssertUntrustedAsync(gateway, provider);
    }

    [Fact]
    public async Task Post_CertificateOfAnotherPrivateAuthority_IsUnreachableAndSaysWhy()
    {
        await using var provider = await FakeProvider.StartAsync(FakeTransport.Http2Tls);
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        using var files = new TempFolder();
        using var other = TestCertificate.Create();
        var caFile = files.Write("other.pem", other.Pem);
        await using var gateway = await ProviderGateway.StartAsync(
            new ProviderEntry("first", provider.BaseUrl) { Lines = [$"tls: {{ caFile: \"{caFile}\" }}"] });

        await AssertUntrustedAsync(gateway, provider);
    }

    [Fact]
    public async Task Post_Http2AskedOfAServerThatHasOnlyHttp1_SaysWhy()
    {
        await using var provider = await FakeProvider.StartAsync(FakeTransport.Http1Tls);
        using var files = new TempFolder();
        await using var gateway = await ProviderGateway.StartAsync(Entry(provider, files, "2"));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("provider_unreachable", answer.ErrorCode);
        Assert.Contains("httpVersion", (string?)answer.Error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_HttpsToAServerWithoutTls_SaysWhy()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await ProviderGateway.StartAsync(
            new ProviderEntry("first", provider.BaseUrl.Replace("http:", "https:", StringComparison.Ordinal)));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal("provider_unreachable", answer.ErrorCode);
        Assert.Contains("check the scheme", (string?)answer.Error["message"], StringComparison.Ordinal);
    }

    private static ProviderEntry Entry(FakeProvider provider, TempFolder files, string httpVersion)
    {
        string[] version = [$"httpVersion: \"{httpVersion}\""];
        return new ProviderEntry("first", provider.BaseUrl)
        {
            Lines = provider.CertificatePem is { } pem ? [.. version, $"tls: {{ caFile: \"{files.Write("ca.pem", pem)}\" }}"] : version,
        };
    }

    private static async Task ReloadAsync(GatewayUnderTest gateway, params ProviderEntry[] providers)
    {
        var store = gateway.Services.GetRequiredService<PolicyStore>();
        var version = store.Current.Version;
        await File.WriteAllTextAsync(Path.Combine(gateway.PoliciesFolder, "providers.yaml"), ProviderGateway.ProvidersYaml(providers));
        await Wait.UntilAsync(() => store.Current.Version > version);
    }

    private static async Task AssertUntrustedAsync(GatewayUnderTest gateway, FakeProvider provider)
    {
        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("provider_unreachable", answer.ErrorCode);
        Assert.Equal("Provider 'first' could not be reached: its TLS certificate has expired or is not from a trusted authority (set tls.caFile for a private one).", (string?)answer.Error["message"]);
        Assert.Empty(provider.Requests);
    }
}
