using System.Net;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.IntegrationTests.Observability;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Faults;

/// <summary><c>/admin/faults</c> on a running gateway: who may, what is refused, and what an injected fault does.</summary>
public sealed class AdminFaultsTests : IAsyncLifetime
{
    private const string Path = "admin/faults";

    private FakeProvider _first = null!;
    private FakeProvider _second = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await StartAsync();
        _second = await StartAsync();
        _gateway = await GatewayUnderTest.StartAsync(setup => Describe(setup, _first, _second));
    }

    [Fact]
    public async Task Inject_Status_SendsRequestsToTheNextProviderUntilItIsTakenAway()
    {
        var injected = await InjectAsync("""{"provider":"one","fault":{"kind":"status","status":503},"seconds":60}""");
        Assert.Equal(HttpStatusCode.Created, injected.Status);
        var id = injected.Json.GetProperty("id").GetString();

        Assert.Equal("two", (await AskAsync()).Headers.GetValues("x-gateway-provider").Single());
        Assert.Empty(_first.Requests);
        var listed = (await _gateway.Client.GetAnswerAsync(Path)).Json.GetProperty("faults").EnumerateArray().Single();
        Assert.Equal(("one", "status", 503, 2), (
            listed.GetProperty("provider").GetString(), listed.GetProperty("fault").GetProperty("kind").GetString(),
            listed.GetProperty("fault").GetProperty("status").GetInt32(), listed.GetProperty("struck").GetInt32()));
        Assert.Equal(1, (await Scrape.OfAsync(_gateway)).Sum("gateway_faults_active", "provider=one"));

        using var removal = new HttpRequestMessage(HttpMethod.Delete, $"{Path}/{id}");
        Assert.Equal(HttpStatusCode.NoContent, (await _gateway.Client.ReadAsync(removal)).Status);
        Assert.Equal("one", (await AskAsync()).Headers.GetValues("x-gateway-provider").Single());
        Assert.Equal(0, (await Scrape.OfAsync(_gateway)).Sum("gateway_faults_active"));
        var warnings = _gateway.Log.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)).ToList();
        Assert.Contains(warnings, line => line.Contains($"{id} is injected: one", StringComparison.Ordinal));
        Assert.Contains(warnings, line => line.Contains($"{id} has ended: one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Inject_ForASecond_EndsByItself()
    {
        await InjectAsync("""{"provider":"one","fault":{"kind":"reset"},"seconds":1}""");

        await Wait.UntilAsync(async () => (await _gateway.Client.GetAnswerAsync(Path)).Json.GetProperty("faults").GetArrayLength() == 0);
        Assert.Equal("one", (await AskAsync()).Headers.GetValues("x-gateway-provider").Single());
    }

    [Fact]
    public async Task Inject_StreamCutInTheMiddle_IsAnErrorInTheStreamWhenNobodyContinues()
    {
        await InjectAsync("""{"provider":"one","model":"m","fault":{"kind":"cut_after","tokens":3},"seconds":60}""");

        var answer = await ProviderPath.Ask.SendAsync(_gateway, """{"model":"one/m","stream":true,"messages":[{"role":"user","content":"Hi"}]}""");

        Assert.Equal("provider_truncated", (string?)answer.AssertBrokenStream()["code"]);
        var contents = answer.Events.Where(line => line.Contains("\"content\":\"", StringComparison.Ordinal));
        Assert.Equal(3, contents.Count(line => !line.Contains("\"content\":\"\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Inject_SlowTokens_DeliversTheSameBytes()
    {
        const string Body = """{"model":"one/m","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";
        var before = await ProviderPath.Ask.SendAsync(_gateway, Body);
        await InjectAsync("""{"provider":"one","fault":{"kind":"slow_tokens","seconds":0.01},"seconds":60}""");

        Assert.Equal(before.AssertWholeStream().Text, (await ProviderPath.Ask.SendAsync(_gateway, Body)).AssertWholeStream().Text);
    }

    [Theory]
    [InlineData("""{"provider":"won","fault":{"kind":"reset"},"seconds":5}""", "provider")]
    [InlineData("""{"provider":"one","model":"x","fault":{"kind":"reset"},"seconds":5}""", "model")]
    [InlineData("""{"provider":"one","fault":{"kind":"explode"},"seconds":5}""", "fault.kind")]
    [InlineData("""{"provider":"one","fault":{"kind":"status"},"seconds":5}""", "fault.status")]
    [InlineData("""{"provider":"one","fault":{"kind":"status","status":200},"seconds":5}""", "fault.status")]
    [InlineData("""{"provider":"one","fault":{"kind":"reset","tokens":5},"seconds":5}""", "fault.tokens")]
    [InlineData("""{"provider":"one","fault":{"kind":"reset","share":2},"seconds":5}""", "fault.share")]
    [InlineData("""{"provider":"one","fault":{"kind":"reset"}}""", "seconds")]
    [InlineData("""{"provider":"one","fault":{"kind":"reset"},"seconds":3601}""", "seconds")]
    [InlineData("""{"provider":"one","fault":{"kind":"reset"},"seconds":"5"}""", "seconds")]
    [InlineData("""{"provider":"one","fault":{"kind":"reset"},"seconds":5,"minutes":1}""", "minutes")]
    public async Task Inject_WrongField_IsNamed(string body, string field)
    {
        (await InjectAsync(body)).ShouldBe(ErrorCode.CallerInvalidField, field);
        Assert.Equal(0, (await _gateway.Client.GetAnswerAsync(Path)).Json.GetProperty("faults").GetArrayLength());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"provider":"one","provider":"two"}""")]
    public async Task Inject_NoJson_IsRefused(string body) => (await InjectAsync(body)).ShouldBe(ErrorCode.CallerInvalidJson);

    [Fact]
    public async Task Remove_UnknownId_IsNotFound()
    {
        using var removal = new HttpRequestMessage(HttpMethod.Delete, $"{Path}/fault-99");
        (await _gateway.Client.ReadAsync(removal)).ShouldBe(ErrorCode.CallerFaultNotFound, "id");
    }

    [Fact]
    public async Task Admin_WithKeys_IsForKeysWithAdmin()
    {
        var (admin, adminHash) = VirtualKeyGenerator.Create();
        var (user, userHash) = VirtualKeyGenerator.Create();
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            Describe(setup, _first, _second);
            setup.KeysYaml = $"keys: [ {{ id: ops, sha256: {adminHash}, admin: true }}, {{ id: app, sha256: {userHash} }} ]";
        });
        (await gateway.Client.GetAnswerAsync(Path)).ShouldBe(ErrorCode.CallerMissingKey);
        gateway.Client.DefaultRequestHeaders.Authorization = new("Bearer", user);
        (await gateway.Client.GetAnswerAsync(Path)).ShouldBe(ErrorCode.PolicyAdminRequired);
        gateway.Client.DefaultRequestHeaders.Authorization = new("Bearer", admin);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAnswerAsync(Path)).Status);
    }

    [Fact]
    public async Task Admin_WithoutKeysFromAForeignPage_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.Add("Origin", "https://example.com");
        (await _gateway.Client.ReadAsync(request)).ShouldBe(ErrorCode.PolicyKeyRequired);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    private static async Task<FakeProvider> StartAsync()
    {
        var provider = await FakeProvider.StartAsync();
        provider.RespondWith(request => request.BodyText.Contains("\"stream\":true", StringComparison.Ordinal)
            ? Reply.StreamFixture("chat-stream-usage.sse")
            : Reply.Fixture("chat-completion.json"));
        return provider;
    }

    private static void Describe(GatewaySetup setup, FakeProvider first, FakeProvider second)
    {
        setup.ProvidersYaml = $$"""
            providers:
              one: { dialect: openai, baseUrl: "{{first.BaseUrl}}", models: { m: { contextWindow: 8192 } } }
              two: { dialect: openai, baseUrl: "{{second.BaseUrl}}", models: { m: { contextWindow: 8192 } } }
            """;
        setup.RoutesYaml = "routes: { auto: { candidates: [ one/m, two/m ] } }";
    }

    private Task<Answer> InjectAsync(string body) => _gateway.Client.PostJsonAsync(Path, Encoding.UTF8.GetBytes(body));

    private Task<Answer> AskAsync() => _gateway.Client.ChatAsync(FrontDoorGateway.GoodBody);
}
