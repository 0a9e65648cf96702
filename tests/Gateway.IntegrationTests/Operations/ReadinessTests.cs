using System.Net;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.IntegrationTests.Observability;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using ProcessEngine = Gateway.Providers.Local.LocalEngine;

namespace Gateway.IntegrationTests.Operations;

/// <summary>What the probes say while the engine loads, when it cannot be loaded, and when nobody needs it.</summary>
public sealed class ReadinessTests
{
    private const string LocalQuestion = """{"model":"local/demo","messages":[{"role":"user","content":"ping"}],"temperature":0}""";

    [Fact]
    public async Task Ready_WithTheLocalEngine_IsReadyOnceTheModelIsLoaded()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await StartAsync(provider);
        Assert.Equal("live", (await gateway.Client.GetAnswerAsync("health/live")).OkJson.GetProperty("status").GetString());

        Answer ready = null!;
        await Wait.UntilAsync(
            async () =>
            {
                ready = await gateway.Client.GetAnswerAsync("health/ready");
                Assert.Contains(ready.Status, new[] { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable });
                Assert.Equal(ready.Status == HttpStatusCode.OK ? "ready" : "loading", ready.Json.GetProperty("engine").GetProperty("state").GetString());
                return ready.Status == HttpStatusCode.OK;
            },
            TimeSpan.FromSeconds(60));

        Assert.Equal("ready", ready.Json.GetProperty("status").GetString());
        Assert.Equal("demo", ready.Json.GetProperty("engine").GetProperty("model").GetString());
        Assert.True(ready.Json.GetProperty("policies").GetProperty("up_to_date").GetBoolean());
        Assert.Equal("pong", (await gateway.Client.ChatAsync(LocalQuestion)).Text);
    }

    public static TheoryData<string, string?, string> BrokenModels => new()
    {
        { "no folder", null, "" },
        { "empty folder", "", "" },
        { "tokenizer.json", "{", "tokenizer.json" },
        { "generation_config.json", "[1]", "generation_config.json" },
        { "config.json", """{"model_type":"unheard_of"}""", "config.json" },
        { "model.safetensors", "not weights", "model.safetensors" },
        { "tokenizer_config.json", """{"chat_template":"{% if"}""", "" },
    };

    [Theory]
    [MemberData(nameof(BrokenModels))]
    public async Task Ready_BrokenModelFolder_SaysWhyAndTheOtherProvidersServe(string file, string? content, string named)
    {
        using var folder = new TempFolder();
        var model = content is null ? Path.Combine(folder.Path, "nowhere") : folder.Path;
        if (content is { Length: > 0 })
        {
            foreach (var path in Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "models", "demo")))
            {
                File.Copy(path, Path.Combine(folder.Path, Path.GetFileName(path)));
            }

            folder.Write(file, content);
        }

        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await StartAsync(provider, model);
        await Wait.UntilAsync(async () => (await gateway.Client.GetAnswerAsync("health/ready")).Body.Contains("\"failed\"", StringComparison.Ordinal), TimeSpan.FromSeconds(30));

        var ready = await gateway.Client.GetAnswerAsync("health/ready");
        var problem = ready.Json.GetProperty("engine").GetProperty("problem").GetString()!;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Equal("not_ready", ready.Json.GetProperty("status").GetString());
        Assert.NotEmpty(problem);
        Assert.Contains(named, problem, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAnswerAsync("health/live")).Status);
        Assert.Contains(problem, (await gateway.Client.ChatAsync(LocalQuestion)).ShouldBe(ErrorCode.PolicyNotReady), StringComparison.Ordinal);
        Assert.NotEmpty((await gateway.Client.ChatAsync(FrontDoorGateway.GoodBody)).Text);
        await gateway.LoggedAsync("Error Gateway", problem);
    }

    [Fact]
    public async Task Ready_EngineStopsForGood_SaysWhyAndTheOtherProvidersServe()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await StartAsync(provider);
        var engine = gateway.Services.GetRequiredService<ProcessEngine>();
        await Wait.UntilAsync(() => engine.Current is not null, TimeSpan.FromSeconds(60));
        Assert.Equal(1, (await Scrape.OfAsync(gateway)).Sum("gateway_engine_loaded_ratio"));

        await engine.Current!.Engine.DisposeAsync();

        var ready = await gateway.Client.GetAnswerAsync("health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Equal("failed", ready.Json.GetProperty("engine").GetProperty("state").GetString());
        var problem = ready.Json.GetProperty("engine").GetProperty("problem").GetString()!;
        Assert.Contains(problem, (await gateway.Client.ChatAsync(LocalQuestion)).ShouldBe(ErrorCode.ProviderInternal), StringComparison.Ordinal);
        Assert.NotEmpty((await gateway.Client.ChatAsync(FrontDoorGateway.GoodBody)).Text);
        await gateway.LoggedAsync("Critical Gateway", problem);
        Assert.Equal(0, (await Scrape.OfAsync(gateway)).Sum("gateway_engine_loaded_ratio"));
    }

    [Fact]
    public async Task Ready_NoProviderUsesTheEngine_IsReadyAtOnceAndNothingIsLoaded()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(setup => FrontDoorGateway.UseProvider(setup, provider));
        var ready = (await gateway.Client.GetAnswerAsync("health/ready")).OkJson;
        Assert.Equal("ready", ready.GetProperty("status").GetString());
        Assert.False(ready.TryGetProperty("engine", out _));
        Assert.DoesNotContain(gateway.Log, line => line.Contains("Loading the model", StringComparison.Ordinal));
    }

    private static Task<GatewayUnderTest> StartAsync(FakeProvider provider, string? modelPath = null) => GatewayUnderTest.StartAsync(setup =>
    {
        setup.ProvidersYaml = $$"""
            providers:
              fake: { dialect: openai, baseUrl: "{{provider.BaseUrl}}", models: { echo: { contextWindow: 128000 } } }
              local: { dialect: local, models: { demo: { contextWindow: 4096 } } }
            """;
        setup.RoutesYaml = "routes: { auto: { candidates: [ fake/echo ] } }";
        if (modelPath is not null)
        {
            setup.Settings["Engine:ModelPath"] = modelPath;
        }
    });
}
