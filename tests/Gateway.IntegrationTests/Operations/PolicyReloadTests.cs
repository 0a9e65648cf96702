using System.Text.Json;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Operations;

/// <summary>Edits of the policies while the gateway runs.</summary>
public sealed class PolicyReloadTests : IAsyncLifetime
{
    private FakeProvider _first = null!;
    private FakeProvider _second = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await FakeProvider.StartAsync();
        _first.RespondWith(Reply.Fixture("chat-completion.json"));
        _second = await FakeProvider.StartAsync();
        _second.RespondWith(Reply.Fixture("chat-completion.json"));
        _gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = $$"""
                providers:
                  first: { dialect: openai, baseUrl: "{{_first.BaseUrl}}", models: { echo: { contextWindow: 1000 } } }
                  second: { dialect: openai, baseUrl: "{{_second.BaseUrl}}", models: { echo: { contextWindow: 1000 } } }
                """;
            setup.RoutesYaml = RouteTo("first/echo");
        });
    }

    [Fact]
    public async Task Edit_GoodRoute_IsFollowedWithoutRestart()
    {
        Assert.Equal("first", await ProviderAsync());
        EditRoutes(RouteTo("second/echo"));
        await Wait.UntilAsync(async () => await ProviderAsync() == "second");
        Assert.Equal(2, (await PoliciesAsync()).GetProperty("version").GetInt32());
        await _gateway.LoggedAsync("Policies in use: version 2");
    }

    [Fact]
    public async Task Edit_BadThenFixed_KeepsServingAndRecovers()
    {
        EditRoutes(RouteTo("second/ecko"));
        await Wait.UntilAsync(async () => !(await PoliciesAsync()).GetProperty("up_to_date").GetBoolean());

        Assert.Equal("first", await ProviderAsync());
        var refused = await _gateway.Client.GetAnswerAsync("health/ready");
        Assert.Equal("ready", refused.OkJson.GetProperty("status").GetString());
        var error = Assert.Single(refused.Json.GetProperty("policies").GetProperty("errors").EnumerateArray()).GetString()!;
        Assert.Contains("routes.yaml:1", error, StringComparison.Ordinal);
        Assert.Contains("second/ecko", error, StringComparison.Ordinal);
        await Wait.UntilAsync(() => _gateway.Log.Any(line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("second/ecko", StringComparison.Ordinal)));
        Assert.Equal(1, (await PoliciesAsync()).GetProperty("version").GetInt32());

        EditRoutes(RouteTo("second/echo"));
        await Wait.UntilAsync(async () => (await PoliciesAsync()).GetProperty("up_to_date").GetBoolean());
        Assert.Equal("second", await ProviderAsync());
        Assert.Equal(0, (await PoliciesAsync()).GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task Edit_FileRemoved_KeepsServing()
    {
        File.Delete(Path.Combine(_gateway.PoliciesFolder, "routes.yaml"));
        await Wait.UntilAsync(async () => !(await PoliciesAsync()).GetProperty("up_to_date").GetBoolean());
        Assert.Equal("first", await ProviderAsync());
    }

    [Fact]
    public async Task Edit_WhileARequestIsInFlight_LeavesThatRequestItsPolicies()
    {
        // The route's first candidate answers late, and with a failure: which candidate is next shows the policies of the request.
        EditRoutes("routes: { auto: { candidates: [ first/echo, second/echo ] } }");
        await Wait.UntilAsync(async () => (await PoliciesAsync()).GetProperty("version").GetInt32() == 2);
        _first.RespondWith(Reply.SlowHeaders(TimeSpan.FromSeconds(3), Reply.Error(500, "Down.", "down")));
        var pending = _gateway.Client.ChatAsync(FrontDoorGateway.GoodBody);
        await _first.WaitForRequestAsync();

        EditRoutes(RouteTo("first/echo"));
        await Wait.UntilAsync(async () => (await PoliciesAsync()).GetProperty("version").GetInt32() == 3);

        var answer = await pending;
        Assert.NotEmpty(answer.Text);
        Assert.Equal("second", answer.Headers.GetValues("x-gateway-provider").Single());
        Assert.Equal("3", answer.Headers.GetValues("x-gateway-attempts").Single());
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    private static string RouteTo(string model) => $"routes: {{ auto: {{ candidates: [ {model} ] }} }}";

    private void EditRoutes(string text) => File.WriteAllText(Path.Combine(_gateway.PoliciesFolder, "routes.yaml"), text);

    private async Task<JsonElement> PoliciesAsync() => (await _gateway.Client.GetAnswerAsync("health/ready")).Json.GetProperty("policies");

    private async Task<string> ProviderAsync()
    {
        var answer = await _gateway.Client.ChatAsync(FrontDoorGateway.GoodBody);
        Assert.NotEmpty(answer.Text);
        return answer.Headers.GetValues("x-gateway-provider").Single();
    }
}
