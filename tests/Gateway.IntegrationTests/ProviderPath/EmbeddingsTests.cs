using System.ClientModel;
using System.Net;
using System.Text;
using Gateway.Budgets;
using Gateway.IntegrationTests.Budgets;
using Gateway.IntegrationTests.Idempotency;
using Gateway.IntegrationTests.Observability;
using Gateway.Testing;
using OpenAI;
using OpenAI.Embeddings;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

/// <summary>Embeddings that providers make: forwarded byte by byte, paid for by their input alone.</summary>
public sealed class EmbeddingsTests
{
    private const string Path = "v1/embeddings";

    /// <summary>Odd on purpose: order of members, a number that no double holds, an unknown field.</summary>
    private const string Body = """{ "input" : ["The food was delicious…", "a"],"extra":{"n":12345678901234567890}, "encoding_format":"float", "model":"auto" }""";

    private const string Answer = """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.0023064255,-0.009327292]},{"object":"embedding","index":1,"embedding":[1e-9,0.25]}],"model":"upstream-small","usage":{"prompt_tokens":8,"total_tokens":8},"unknown":1.000000000000000001}""";

    private static readonly string[] Embeds = ["kind: embedding"];

    [Fact]
    public async Task Post_Provider_GetsAndGivesTheVeryBytes()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Json(200, Answer));
        await using var gateway = await ProviderGateway.StartAsync(Entry("first", provider));

        var answer = await gateway.SendAsync(Body, Path);

        Assert.Equal((HttpStatusCode.OK, Answer), (answer.Status, answer.Text));
        Assert.Equal(("auto", "small", "first", "1"), (answer.Headers["x-gateway-route"], answer.Headers["x-gateway-model"], answer.Headers["x-gateway-provider"], answer.Headers["x-gateway-attempts"]));
        var request = Assert.Single(provider.Requests);
        Assert.Equal("/v1/embeddings", request.Path);
        Assert.Equal(Body.Replace("\"auto\"", "\"upstream-small\"", StringComparison.Ordinal), request.BodyText);
    }

    [Fact]
    public async Task DotNetClient_Provider_ReadsItsVectors()
    {
        await using var provider = await FakeProvider.StartAsync();
        var numbers = new byte[8];
        BitConverter.TryWriteBytes(numbers, 0.5f);
        provider.RespondWith(Reply.Json(200, $$$"""{"object":"list","data":[{"object":"embedding","index":0,"embedding":"{{{Convert.ToBase64String(numbers)}}}"}],"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}"""));
        await using var gateway = await ProviderGateway.StartAsync(Entry("first", provider));
        var client = new EmbeddingClient("auto", new ApiKeyCredential("unused"), new OpenAIClientOptions { Endpoint = new Uri(gateway.BaseUrl, "v1") });

        var embedding = await client.GenerateEmbeddingAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal([0.5f, 0f], embedding.Value.ToFloats().ToArray());
        Assert.Equal("base64", (string?)Assert.Single(provider.Requests).Json["encoding_format"]);
    }

    [Fact]
    public async Task Post_ProviderFails_TheSameModelElsewhereAnswers()
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(Reply.Fixture("error-503-overloaded.json", 503));
        second.RespondWith(Reply.Json(200, Answer));
        await using var gateway = await ProviderGateway.StartAsync(Entry("first", first), Entry("second", second));

        var answer = await gateway.SendAsync(Body, Path);

        Assert.Equal((HttpStatusCode.OK, "second"), (answer.Status, answer.Headers["x-gateway-provider"]));
    }

    [Fact]
    public async Task Post_OnlyAnotherModelIsLeft_FailsRatherThanMixVectors()
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(Reply.Fixture("error-503-overloaded.json", 503));
        second.RespondWith(Reply.Json(200, Answer));
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = $$"""
                providers:
                  first: { dialect: openai, baseUrl: {{first.BaseUrl}}, models: { embed-a: { kind: embedding, contextWindow: 8192 } } }
                  second: { dialect: openai, baseUrl: {{second.BaseUrl}}, models: { embed-b: { kind: embedding, contextWindow: 8192 } } }
                """;
            setup.RoutesYaml = "routes: { auto: { candidates: [ first/embed-a, second/embed-b ] } }";
        });

        var answer = await gateway.SendAsync(Body, Path);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Empty(second.Requests);
        var explained = await gateway.SendAsync(Body, "v1/route/explain");
        Assert.Contains("\"other_vectors\"", explained.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_RouteOfBothKinds_SendsEachRequestToItsKind()
    {
        await using var chat = await FakeProvider.StartAsync();
        await using var embedding = await FakeProvider.StartAsync();
        chat.RespondWith(Reply.Fixture("chat-completion.json"));
        embedding.RespondWith(Reply.Json(200, Answer));
        await using var gateway = await ProviderGateway.StartAsync(Entry("embedder", embedding), new ProviderEntry("chatter", chat.BaseUrl));

        Assert.Equal("chatter", (await gateway.SendAsync(Ask.Whole)).Headers["x-gateway-provider"]);
        Assert.Equal("embedder", (await gateway.SendAsync(Body, Path)).Headers["x-gateway-provider"]);
        Assert.Equal((1, 1), (chat.Requests.Count, embedding.Requests.Count));
    }

    [Fact]
    public async Task Post_ProvidersError_PassesOn()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("error-400-invalid-request.json", 400));
        await using var gateway = await ProviderGateway.StartAsync(Entry("first", provider));

        var answer = await gateway.SendAsync(Body, Path);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(Encoding.UTF8.GetString(Fixtures.Bytes("error-400-invalid-request.json")), answer.Text);
        Assert.Single(provider.Requests);
    }

    [Fact]
    public async Task Budget_Embeddings_HoldsAndSettlesTheInputOnce()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Json(200, Answer));
        await using var scene = await StartAsync("  money: { team: search, usd: 1, per: day }\n  words: { team: search, inputTokens: 1000, per: day }", provider);

        var answer = await scene.AskAsync(Body, path: Path, headers: (Retries.Header, "one"));
        var retry = await scene.AskAsync(Body, path: Path, headers: (Retries.Header, "one"));

        // 8 tokens at 1 $ per million.
        Assert.Equal((HttpStatusCode.OK, 0.000008m), (answer.Status, answer.Cost));
        Assert.Equal(answer.Bytes, retry.Bytes);
        Assert.Single(provider.Requests);
        var entry = Assert.Single(await scene.WaitForLedgerAsync(1)).Entry;
        Assert.Equal((8, 0, 8_000), (entry.Tokens.Input, entry.Tokens.Output, entry.Cost));
        Assert.Equal((CostBasis.Reported, LedgerOutcome.Completed, "small"), (entry.Basis, entry.Outcome, entry.Model));
        var spent = await scene.AssertBalancedAsync();
        Assert.Equal([8, 8_000], spent.Values.Order());
    }

    [Fact]
    public async Task Budget_TooLongAText_IsRefusedBeforeAnyCall()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var scene = await StartAsync("  words: { team: search, inputTokens: 100, per: day }", provider);

        var answer = await scene.AskAsync($$"""{"model":"auto","input":[{{string.Join(',', Enumerable.Repeat(7, 101))}}]}""", path: Path);

        Assert.Equal((HttpStatusCode.TooManyRequests, "policy_budget_exceeded"), (answer.Status, answer.ErrorCode));
        Assert.Empty(provider.Requests);
        await scene.AssertBalancedAsync();
    }

    [Fact]
    public async Task Metrics_Embeddings_CountTokensUnderTheirOperation()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Json(200, Answer));
        await using var gateway = await ProviderGateway.StartAsync(Entry("first", provider));

        await gateway.SendAsync(Body, Path);

        var scrape = await Scrape.OfAsync(gateway);
        Assert.Equal(8, scrape.Sum("gateway_tokens_total", "kind=input"));
        Assert.Equal(1, scrape.Sum("gen_ai_client_operation_duration_seconds_count", "gen_ai_operation_name=embeddings"));
    }

    private static ProviderEntry Entry(string name, FakeProvider provider) => new(name, provider.BaseUrl) { ModelLines = Embeds, Prices = "{ input: 1 }" };

    private static Task<BudgetScene> StartAsync(string budgets, FakeProvider provider) => BudgetScene.StartAsync(
        budgets,
        provider: provider,
        setup: setup => setup.ProvidersYaml = ProviderGateway.ProvidersYaml([Entry("first", provider)]));
}
