using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>Models of the catalogue that are one checkpoint with and without LoRA adapters.</summary>
public sealed class AdapterTests : IAsyncLifetime
{
    private const string Providers = """
        providers:
          local:
            dialect: local
            models:
              base: { contextWindow: 1024, capabilities: [logprobs, completions, embeddings] }
              support: { contextWindow: 1024, capabilities: [logprobs, completions, embeddings], adapter: support }
              support-too: { contextWindow: 1024, capabilities: [logprobs, completions, embeddings], adapter: support }

        """;

    private static readonly string Goldens = Path.Combine(RepositoryRoot.Path, "tests", "goldens");
    private static readonly string Adapter = Path.Combine(Goldens, "lora", "deepseek_v2_lite");
    private static readonly string[] Models = ["local/base", "local/support", "support-too"];

    private GatewayUnderTest _gateway = null!;

    private HttpClient Client => _gateway.Client;

    public async ValueTask InitializeAsync() => _gateway = await StartAsync(("Engine:Adapters:support", Adapter), ("Engine:Adapters:spare", Adapter));

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Chat_ModelsOfOneCheckpoint_EachAnswersUnderItsAdapterAloneAndTogether()
    {
        List<string> alone = [];
        foreach (var model in Models)
        {
            alone.Add((await Client.ChatAsync(Request(model))).Text);
        }

        Assert.NotEqual(alone[0], alone[1]);
        Assert.Equal(alone[1], alone[2]);
        var together = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Client.ChatAsync(Request(Models[i % 3]))));
        Assert.All(together.Index(), answer => Assert.Equal(alone[answer.Index % 3], answer.Item.Text));
        await WaitUntilIdleAsync(_gateway);
    }

    [Fact]
    public async Task Chat_Stream_IsTheWholeAnswer()
    {
        var whole = (await Client.ChatAsync(Request("support"))).Text;
        Assert.Equal(whole, (await AnswerEvents.StreamAsync(Client, GatewayRequests.ChatPath, Request("support"))).Text);
    }

    [Fact]
    public async Task CompletionsAndEmbeddings_UnderAnAdapter_AreItsOwn()
    {
        var bodies = await Task.WhenAll(Models.Select(model => Client.CompleteAsync(
            new { model, prompt = "Hello there", max_tokens = 8, temperature = 0, ignore_eos = true, echo = true, logprobs = 0 })));
        var logprobs = bodies.Select(body => body.OkJson.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("token_logprobs").ToString()).ToList();
        Assert.NotEqual(logprobs[0], logprobs[1]);
        Assert.Equal(logprobs[1], logprobs[2]);
        var vectors = await Task.WhenAll(Models.Select(async model =>
            (await Client.EmbedAsync(new { model, input = "Hello there" })).OkJson.GetProperty("data")[0].GetProperty("embedding").ToString()));
        Assert.NotEqual(vectors[0], vectors[1]);
        Assert.Equal(vectors[1], vectors[2]);
    }

    [Fact]
    public async Task Models_WithAdapters_AreListedAndKeepTheirNamesInAnswers()
    {
        var ids = (await Client.GetAnswerAsync("v1/models")).OkJson.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString());
        Assert.Superset(new HashSet<string?> { "local/base", "local/support", "support", "support-too" }, ids.ToHashSet());
        Assert.Equal("support", (await Client.ChatAsync(Request("support"))).OkJson.GetProperty("model").GetString());
        await _gateway.LoggedAsync("Its adapters: spare, support");
    }

    [Fact]
    public async Task Chat_AdapterThatTheEngineWasStartedWithout_SaysWhatToSet()
    {
        await using var gateway = await StartAsync(("Engine:Adapters:spare", Adapter));
        var message = (await gateway.Client.ChatAsync(Request("local/support"))).ShouldBe(ErrorCode.PolicyNotReady);
        Assert.Contains("'local/support' is served with the adapter 'support'", message, StringComparison.Ordinal);
        Assert.Contains("it has spare. Set Engine:Adapters:support", message, StringComparison.Ordinal);
        Assert.NotEmpty((await gateway.Client.ChatAsync(Request("local/base"))).Text);
        await gateway.LoggedAsync("Warning", "The model local/support-too is not served: the engine was started without its adapter support. Set Engine:Adapters:support");
    }

    [Fact]
    public async Task Edit_CatalogueNamesAnAdapterThatTheEngineHasNot_IsWarnedOf()
    {
        Assert.DoesNotContain(_gateway.Log, line => line.Contains("is not served", StringComparison.Ordinal));
        var file = Path.Combine(_gateway.PoliciesFolder, "providers.yaml");
        await File.WriteAllTextAsync(file, Providers + "      late: { contextWindow: 1024, adapter: later }\n");
        await _gateway.LoggedAsync("Warning", "The model local/late is not served: the engine was started without its adapter later. Set Engine:Adapters:later");
    }

    [Fact]
    public async Task Route_CandidateWithoutItsAdapter_GoesOnToTheNext()
    {
        await using var gateway = await StartAsync();
        Assert.Equal("base", (await gateway.Client.ChatAsync(Request("auto"))).OkJson.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Ready_AdapterOfAnotherModel_SaysWhy()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            Catalogue(setup);
            setup.Settings["Engine:Adapters:support"] = Path.Combine(Goldens, "lora", "qwen2_distill");
        });
        await Wait.UntilAsync(async () => (await gateway.Client.GetAnswerAsync("health/ready")).Json.GetProperty("engine").GetProperty("state").GetString() == "failed");
        var problem = (await gateway.Client.GetAnswerAsync("health/ready")).Json.GetProperty("engine").GetProperty("problem").GetString();
        Assert.Contains("The adapter 'support'", problem, StringComparison.Ordinal);
        Assert.Contains("the model has no 'model.layers.0.self_attn.k_proj'; was the adapter trained for another model?", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AdapterWithoutFolder_NamesTheSetting()
    {
        var exception = await Assert.ThrowsAnyAsync<StartException>(() => StartAsync(("Engine:Adapters:support", "")));
        Assert.Contains("Engine:Adapters:support is empty", exception.Message, StringComparison.Ordinal);
    }

    private static async Task<GatewayUnderTest> StartAsync(params (string Name, string Value)[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            Catalogue(setup);
            foreach (var (name, value) in settings)
            {
                setup.Settings[name] = value;
            }
        });
        await WaitUntilReadyAsync(gateway);
        return gateway;
    }

    private static void Catalogue(GatewaySetup setup)
    {
        setup.ProvidersYaml = Providers;
        setup.RoutesYaml = "routes: { auto: { candidates: [ local/support, local/base ] } }";
        setup.Settings["Engine:ModelPath"] = Path.Combine(Goldens, "models", "deepseek_v2_lite");
        setup.Settings["Engine:KvCacheTokens"] = "2048";
        setup.Settings["Engine:Device"] = "cpu";
    }

    private static Dictionary<string, object?> Request(string model, params (string Name, object? Value)[] more) =>
        Ask("Hello there", [("model", model), ("max_tokens", 12), ("ignore_eos", true), .. more]);
}
