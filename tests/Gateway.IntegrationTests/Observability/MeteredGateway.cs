using System.Globalization;
using System.Text;
using Gateway.Testing;

namespace Gateway.IntegrationTests.Observability;

/// <summary>Gateways in front of a fake provider, and requests to them.</summary>
internal static class MeteredGateway
{
    /// <summary>A gateway with the routes <c>auto</c> and <c>warm</c>, both to the model <c>small</c> of the provider <c>fake</c>.</summary>
    public static Task<GatewayUnderTest> StartAsync(FakeProvider provider, string? keysYaml = null) => StartAsync([provider.BaseUrl], keysYaml);

    /// <summary>A gateway whose routes try the providers <c>fake</c>, <c>fake2</c> and so on in turn.</summary>
    public static Task<GatewayUnderTest> StartAsync(IReadOnlyList<string> baseUrls, string? keysYaml = null) => GatewayUnderTest.StartAsync(setup =>
    {
        var names = baseUrls.Select((_, index) => index == 0 ? "fake" : string.Create(CultureInfo.InvariantCulture, $"fake{index + 1}")).ToList();
        var candidates = string.Join(", ", names.Select(name => $"{name}/small"));
        setup.ProvidersYaml = "providers:\n" + string.Concat(names.Zip(baseUrls, (name, url) =>
            $"  {name}:\n    dialect: openai\n    baseUrl: {url}\n    models:\n      small: {{ contextWindow: 8192, prices: {{ input: 1, cachedInput: 0.5, output: 4 }} }}\n"));
        setup.RoutesYaml = $"routes:\n  auto: {{ candidates: [ {candidates} ] }}\n  warm: {{ candidates: [ {candidates} ] }}\n";
        setup.KeysYaml = keysYaml;
    });

    /// <summary>Asks, reads the whole answer and gives its status and <c>x-request-id</c>.</summary>
    public static async Task<(int Status, string RequestId)> AskAsync(this GatewayUnderTest gateway, bool stream, string model = "auto")
    {
        using var response = await gateway.Client.SendAsync(Request(stream, model));
        await response.Content.ReadAsByteArrayAsync();
        return ((int)response.StatusCode, response.Headers.GetValues("x-request-id").Single());
    }

    public static HttpRequestMessage Request(bool stream, string model = "auto") => new(HttpMethod.Post, "v1/chat/completions")
    {
        Content = new StringContent($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}],"stream":{{(stream ? "true" : "false")}}}""", Encoding.UTF8, "application/json"),
    };

    /// <summary>Waits until that many requests have been recorded, which is a moment after their clients have their answers.</summary>
    public static async Task<Scrape> ScrapeAfterAsync(this GatewayUnderTest gateway, int requests)
    {
        Scrape? scrape = null;
        await Wait.UntilAsync(async () => (scrape = await Scrape.OfAsync(gateway)).Sum("gateway_requests_total") >= requests);
        return scrape!;
    }
}
