namespace Gateway.Policies.Tests.Validation;

public sealed class ModelCardErrorTests
{
    [Theory]
    [InlineData("maxOutputTokens: 1", "contextWindow", "The setting is missing.", "tokens of prompt and answer")]
    [InlineData("contextWindow: 0", "contextWindow", "'0' is out of range.", "from 1 to 100000000")]
    [InlineData("contextWindow: 100000001", "contextWindow", "'100000001' is out of range.", "from 1 to 100000000")]
    [InlineData("contextWindow: 99999999999999999999999999", "contextWindow", "'99999999999999999999999999' is out of range.", "from 1 to")]
    [InlineData("contextWindow: 1.5", "contextWindow", "'1.5' is no whole number.", "from 1 to")]
    [InlineData("contextWindow: 128k", "contextWindow", "'128k' is no whole number.", "from 1 to")]
    [InlineData("contextWindow: '4096'", "contextWindow", "'4096' in quotes is text, not a whole number.", "without quotes")]
    [InlineData("contextWindow: []", "contextWindow", "Here stands a list, where a single value belongs.", "Write one value")]
    [InlineData("contextWindow: 10, maxOutputTokens: 11", "maxOutputTokens", "11 is more than the context window of 10.", "at most 10")]
    [InlineData("contextWindow: 10, upstreamModel: ''", "upstreamModel", "The text is empty.", "Write one line of text")]
    [InlineData(
        "contextWindow: 10, upstreamModel: '${X}'",
        "upstreamModel", "Environment references are not resolved here.", "Write the value itself")]
    [InlineData(
        "contextWindow: 10, capabilities: tools",
        "capabilities", "Here stands a single value, where a list belongs.", "Write [ one, two ]")]
    [InlineData("contextWindow: 10, capabilities: [ tools, tool ]", "capabilities[1]", "'tool' is not known.", "Did you mean 'tools'?")]
    [InlineData("contextWindow: 10, capabilities: [ swim ]", "capabilities[0]", "'swim' is not known.", "Choose from tools, vision")]
    [InlineData("contextWindow: 10, capabilities: [ n, n ]", "capabilities[1]", "The capability is listed a second time.", "Remove it")]
    [InlineData("contextWindow: 10, prices: { input: 1 }", "prices.output", "The setting is missing.", "US dollars per million tokens")]
    [InlineData(
        "contextWindow: 10, prices: { input: 1, output: -1 }",
        "prices.output", "'-1' is no price.", "US dollars per million tokens")]
    [InlineData(
        "contextWindow: 10, prices: { input: 1, output: $1 }",
        "prices.output", "'$1' is no price.", "US dollars per million tokens")]
    [InlineData(
        "contextWindow: 10, prices: { input: 1, output: .5 }",
        "prices.output", "'.5' is no price.", "US dollars per million tokens")]
    [InlineData(
        "contextWindow: 10, prices: { input: 1, output: 1e-6 }",
        "prices.output", "'1e-6' is no price.", "US dollars per million tokens")]
    [InlineData(
        "contextWindow: 10, prices: { input: 1, output: 100000.1 }",
        "prices.output", "'100000.1' is out of range.", "from 0 to 100000")]
    [InlineData(
        "contextWindow: 10, prices: { input: 1, output: 0.0000000001 }",
        "prices.output", "'0.0000000001' has more than 9 decimals.", "at most 9 decimals")]
    [InlineData(
        "contextWindow: 10, prices: { input: 1, output: 1, cached: 1 }",
        "prices.cached", "The key 'cached' is not known here.", "Known keys are input, cachedInput, output")]
    [InlineData("contextWindow: 10, skills: { code: 0.5 }", "skills.general", "The setting is missing.", "such as 0.7")]
    [InlineData("contextWindow: 10, skills: { general: 70 }", "skills.general", "'70' is out of range.", "Write a number from 0 to 1")]
    [InlineData("contextWindow: 10, skills: { general: 0.7, maths: 1 }", "skills.maths", "The key 'maths' is not known here.", "Did you mean 'math'?")]
    [InlineData("contextWindow: 10, skills: 0.7", "skills", "Here stands a single value, where a mapping belongs.", "'name: value'")]
    [InlineData("contextWindow: 10, typicalFirstTokenSeconds: 0", "typicalFirstTokenSeconds", "'0' is out of range.", "from 0.001 to 3600")]
    [InlineData("contextWindow: 10, typicalTokensPerSecond: 0", "typicalTokensPerSecond", "'0' is out of range.", "above 0, up to 1000000")]
    [InlineData("contextWindow: 10, tokenizer: deepseek-v4", "tokenizer", "'deepseek-v4' is not known.", "Did you mean 'deepseek-v2'?")]
    [InlineData("contextWindow: 10, prefill: yes", "prefill", "'yes' is not known.", "Choose from none, plain, prefix, continue_final_message")]
    [InlineData("contextWindow: 10, kind: embeddings", "kind", "'embeddings' is not known.", "Did you mean 'embedding'?")]
    [InlineData("contextWindow: 10, kind: embedding, maxOutputTokens: 5", "maxOutputTokens", "An embedding model generates no text.", "Remove the key, or write kind: chat")]
    [InlineData("contextWindow: 10, kind: embedding, prefill: plain", "prefill", "An embedding model generates no text.", "Remove the key, or write kind: chat")]
    [InlineData(
        "contextWindow: 10, kind: embedding, capabilities: [ embeddings, tools ]",
        "capabilities", "An embedding model generates no text.", "Write none but embeddings")]
    [InlineData(
        "contextWindow: 10, kind: embedding, prices: { input: 1, output: 1 }",
        "prices.output", "The key 'output' is not known here.", "Known keys are input")]
    [InlineData("contextWindow: 10, kind: embedding, prices: {}", "prices.input", "The setting is missing.", "such as 0.02")]
    [InlineData("contextWindow: 10, capabilities: [ embeddings ], pooling: max", "pooling", "'max' is not known.", "Choose from mean, last")]
    [InlineData("contextWindow: 10, adapter: ''", "adapter", "The text is empty.", "Write one line of text")]
    [InlineData(
        "contextwindow: 10, contextWindow: 10",
        "contextwindow", "The key 'contextwindow' is not known here.", "Did you mean 'contextWindow'?")]
    public void Load_OneWrongSetting_NamesLineKeyAndFix(string settings, string key, string message, string fix)
    {
        using var folder = new PolicyFolder($$"""
            providers:
              local:
                dialect: local
                models:
                  demo: { {{settings}} }
            """);

        var error = folder.LoadSingleError();

        Assert.Equal((5, $"providers.local.models.demo.{key}", message), (error.Line, error.Key, error.Message));
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EmbeddingModel_EmbedsAndNothingElse()
    {
        using var folder = new PolicyFolder("""
            providers:
              local:
                dialect: local
                models:
                  demo: { contextWindow: 10, capabilities: [ embeddings ], prices: { input: 1, output: 2 }, pooling: last }
                  embedder: { contextWindow: 10, kind: embedding, prices: { input: 0.02 } }
            """);

        var models = folder.LoadValid().Providers[0].Models;

        Assert.Equal((ModelKind.Chat, ModelCapabilities.Embeddings, PoolingMode.Last), (models[0].Kind, models[0].Capabilities, models[0].Pooling));
        Assert.Equal((ModelKind.Embedding, ModelCapabilities.Embeddings, null), (models[1].Kind, models[1].Capabilities, models[1].Pooling));
        var prices = models[1].Prices!;
        Assert.Equal((prices.Input, 0), (prices.CachedInput, prices.Output.NanoDollarsPerMillionTokens));
        Assert.Equal(20_000_000, prices.Input.NanoDollarsPerMillionTokens);
    }

    [Fact]
    public void Load_PoolingOfAProviderElsewhere_IsRefused()
    {
        using var folder = new PolicyFolder("""
            providers:
              local: { dialect: local, models: { demo: { contextWindow: 1, prices: { input: 0, output: 0 } } } }
              far: { dialect: openai, baseUrl: https://host/v1, models: { m: { contextWindow: 1, kind: embedding, prices: { input: 0 }, pooling: mean } } }
            """);

        var error = folder.LoadSingleError();

        Assert.Equal(("providers.far.models.m.pooling", "A provider pools as its model is made for."), (error.Key, error.Message));
    }

    [Fact]
    public void Load_Adapter_IsForTheEngineInThisProcess()
    {
        using var folder = new PolicyFolder("""
            providers:
              local:
                dialect: local
                models:
                  demo: { contextWindow: 1, prices: { input: 0, output: 0 } }
                  support: { contextWindow: 1, prices: { input: 0, output: 0 }, adapter: support-7 }
            """);
        Assert.Equal([null, "support-7"], folder.LoadValid().Providers[0].Models.Select(model => model.Adapter));

        using var elsewhere = new PolicyFolder("""
            providers:
              local: { dialect: local, models: { demo: { contextWindow: 1, prices: { input: 0, output: 0 } } } }
              far: { dialect: openai, baseUrl: https://host/v1, models: { m: { contextWindow: 1, prices: { input: 0, output: 0 }, adapter: support } } }
            """);
        var error = elsewhere.LoadSingleError();
        Assert.Equal(("providers.far.models.m.adapter", "A provider knows its own adapters."), (error.Key, error.Message));
        Assert.Contains("upstreamModel", error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("local", "a", "local", "b", false)]
    [InlineData("local", "a", "local", "a", true)]
    [InlineData("local", "a", "vllm", null, true)]
    public void HasVectorsOf_OneCheckpointUnderAdapters_OnlyOfTheSame(string provider, string? adapter, string otherProvider, string? otherAdapter, bool expected) =>
        Assert.Equal(expected, Card(provider, "one", adapter).HasVectorsOf(Card(otherProvider, "two", otherAdapter)));

    private static ModelCard Card(string provider, string name, string? adapter) =>
        new(provider, name) { UpstreamModel = "base", ContextWindow = 1, MaxOutputTokens = 1, Adapter = adapter };

    [Fact]
    public void Load_PoolingOfAModelThatDoesNotEmbed_Warns()
    {
        using var folder = new PolicyFolder("providers: { local: { dialect: local, models: { demo: { contextWindow: 1, prices: { input: 0, output: 0 }, pooling: mean } } } }");

        var warning = folder.LoadSingleWarning();

        Assert.Equal(("providers.local.models.demo.pooling", "It is not used: the model does not embed."), (warning.Key, warning.Message));
    }
}
