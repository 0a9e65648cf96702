namespace Gateway.Policies.Tests.Loading;

public sealed class PolicyLoaderTests
{
    [Fact]
    public void Load_EverySetting_ReachesTheSnapshot()
    {
        using var folder = FullPolicies.Folder();

        var snapshot = folder.LoadValid();

        Assert.Equal(1, snapshot.Version);
        Assert.Equal(PolicyFolder.Now, snapshot.LoadedAt);
        Assert.Equal(["local", "openai", "vllm-1"], snapshot.Providers.Select(provider => provider.Name));
        var local = snapshot.FindProvider("local")!;
        Assert.Equal(ProviderDialect.Local, local.Dialect);
        Assert.Null(local.Upstream);

        var openai = snapshot.FindProvider("openai")!;
        Assert.Equal(ProviderDialect.OpenAI, openai.Dialect);
        Assert.Equal("https://api.openai.com/v1/", openai.Upstream!.BaseUrl.AbsoluteUri);
        Assert.Equal("sk-top-secret", openai.Upstream.ApiKey!.Value.Reveal());
        Assert.Equal(UpstreamHttpVersion.Http2, openai.Upstream.HttpVersion);
        Assert.False(openai.Upstream.AsksForStreamUsage);
        Assert.Equal(
            [("OpenAI-Organization", "org-123"), ("X-Title", "Our gateway, unnamed")],
            openai.Upstream.Headers.Select(header => (header.Name, header.Value.Reveal())));
        Assert.Equal(TimeSpan.FromSeconds(2.5), openai.Upstream.Timeouts.Connect);
        Assert.Equal(FullPolicies.CaPem.Trim(), openai.Upstream.CaBundle!.Trim());

        var mini = snapshot.FindModel("openai/gpt-5-mini")!;
        Assert.Equal("gpt-5-mini-2025-08-07", mini.UpstreamModel);
        Assert.Equal(400_000, mini.ContextWindow);
        Assert.Equal(128_000, mini.MaxOutputTokens);
        Assert.Equal((ModelCapabilities)((1 << 9) - 1), mini.Capabilities);
        Assert.Equal(new ModelPrices(new(250_000_000), new(25_000_000), new(2_000_000_000)), mini.Prices);
        Assert.Equal(new ModelSkills { General = 0.8, Code = 0.75, Math = 0.7, Reasoning = 0.65, Languages = 1 }, mini.Skills);
        Assert.Equal(TimeSpan.FromSeconds(0.8), mini.TypicalFirstToken);
        Assert.Equal(120.5, mini.TypicalTokensPerSecond);
        Assert.Equal(TokenizerFamily.OpenAI, mini.Tokenizer);
        Assert.Equal(PrefillDialect.ContinueFinalMessage, mini.Prefill);
    }

    [Fact]
    public void Load_OptionalSettingsLeftOut_TakeTheirDefaults()
    {
        using var folder = FullPolicies.Folder();

        var snapshot = folder.LoadValid();

        var vllm = snapshot.FindProvider("vllm-1")!.Upstream!;
        Assert.Equal("http://localhost:8000/v1/", vllm.BaseUrl.AbsoluteUri);
        Assert.Null(vllm.ApiKey);
        Assert.Equal(UpstreamHttpVersion.Auto, vllm.HttpVersion);
        Assert.Empty(vllm.Headers);
        Assert.Equal(TimeSpan.FromSeconds(5), vllm.Timeouts.Connect);
        Assert.Null(vllm.CaBundle);

        var llama = snapshot.FindModel("vllm-1/meta-llama/Llama-3.1-8B-Instruct")!;
        Assert.Equal("meta-llama/Llama-3.1-8B-Instruct", llama.UpstreamModel);
        Assert.Equal(llama.ContextWindow, llama.MaxOutputTokens);
        Assert.Equal(ModelCapabilities.None, llama.Capabilities);
        Assert.Null(llama.Prices);
        Assert.Null(llama.Skills);
        Assert.Null(llama.TypicalFirstToken);
        Assert.Null(llama.TypicalTokensPerSecond);
        Assert.Equal(TokenizerFamily.Generic, llama.Tokenizer);
        Assert.Equal(PrefillDialect.None, llama.Prefill);
        var prices = snapshot.FindModel("vllm-1/gpt-5-mini")!.Prices!;
        Assert.Equal(prices.Input, prices.CachedInput);
    }

    [Fact]
    public void Load_Routes_KeepTheOrderOfCandidates()
    {
        using var folder = FullPolicies.Folder();

        var snapshot = folder.LoadValid();

        Assert.Equal(["auto", "cheap", "best", "split"], snapshot.Routes.Select(route => route.Name));
        var auto = snapshot.FindRoute("auto")!;
        Assert.Equal("The best there is.", auto.Description);
        Assert.Equal(
            ["openai/gpt-5-mini", "vllm-1/meta-llama/Llama-3.1-8B-Instruct", "local/gateway-demo"],
            auto.Candidates.Select(card => card.QualifiedName));
        Assert.Same(snapshot.FindModel("openai/gpt-5-mini"), auto.Candidates[0]);
        Assert.Null(snapshot.FindRoute("Auto"));
    }

    [Fact]
    public void Load_RoutesWithStrategies_KeepEverySetting()
    {
        using var folder = FullPolicies.Folder();

        var snapshot = folder.LoadValid();

        var auto = snapshot.FindRoute("auto")!;
        Assert.Equal(RoutingStrategy.Ordered, auto.Strategy);
        Assert.Equal(new ScoreWeights(1, 0.3, 0.1), auto.Weights);
        Assert.Equal((0.01, TimeSpan.FromSeconds(10)), (auto.CostScaleUsd, auto.LatencyScale));
        Assert.Null(auto.MinQuality);
        Assert.Null(auto.MaxCostUsd);
        Assert.Equal((TimeSpan.Zero, 0), (auto.StickyFor, auto.Exploration));
        Assert.Empty(auto.CandidateWeights);

        var best = snapshot.FindRoute("best")!;
        Assert.Equal(RoutingStrategy.Scored, best.Strategy);
        Assert.Equal(new ScoreWeights(2, 0.5, 0), best.Weights);
        Assert.Equal((0.02, TimeSpan.FromSeconds(5)), (best.CostScaleUsd, best.LatencyScale));
        Assert.Equal((0.6, 0.03), (best.MinQuality, best.MaxCostUsd));
        Assert.Equal((TimeSpan.FromMinutes(5), 0.05), (best.StickyFor, best.Exploration));

        var split = snapshot.FindRoute("split")!;
        Assert.Equal(RoutingStrategy.Weighted, split.Strategy);
        Assert.Equal(["openai/gpt-5-mini", "local/gateway-demo", "vllm-1/gpt-5-mini"], split.Candidates.Select(card => card.QualifiedName));
        Assert.Equal([1, 2.5, 1], split.CandidateWeights);
    }

    [Fact]
    public void FindModelsNamed_ModelOfTwoProviders_GivesBothInTheOrderOfTheFile()
    {
        using var folder = FullPolicies.Folder();

        var snapshot = folder.LoadValid();

        Assert.Equal(["openai", "vllm-1"], snapshot.FindModelsNamed("gpt-5-mini").Select(card => card.Provider));
        Assert.Empty(snapshot.FindModelsNamed("openai/gpt-5-mini"));
    }

    [Fact]
    public void Load_ErrorsInEveryFile_GivesAllOfThemAtOnceFromTopToBottom()
    {
        using var folder = new PolicyFolder(
            """
            providers:
              openai:
                dialect: opanai
                baseUrl: htp://x
                models:
                  m: { contextWindow: 0, colour: red }
              Two: 2
            """,
            """
            routes:
              auto: { candidates: [ openai/m, openai/n ] }
              a/b: { candidates: [] }
            """,
            """
            keys:
              - { id: one }
              - { id: one, sha256: zz }
            """);

        var result = folder.Load();

        Assert.Null(result.Snapshot);
        Assert.Equal(
            [
                "providers.yaml:3 providers.openai.dialect",
                "providers.yaml:4 providers.openai.baseUrl",
                "providers.yaml:6 providers.openai.models.m.contextWindow",
                "providers.yaml:6 providers.openai.models.m.colour",
                "providers.yaml:7 providers.Two",
                "providers.yaml:7 providers.Two",
                "routes.yaml:2 routes.auto.candidates[1]",
                "routes.yaml:3 routes.a/b",
                "routes.yaml:3 routes.a/b.candidates",
                "keys.yaml:2 keys[0].sha256",
                "keys.yaml:3 keys[1].id",
                "keys.yaml:3 keys[1].sha256",
            ],
            result.Errors.Select(error => $"{Path.GetFileName(error.File)}:{error.Line} {error.Key}"));
    }

    [Fact]
    public void Load_NoFolder_SaysSo()
    {
        var error = Assert.Single(PolicyLoader.Load("no/such/folder", new FakeEnvironment(), TimeProvider.System).Errors);

        Assert.Equal(
            "no/such/folder: The folder does not exist. Name the folder that holds providers.yaml and routes.yaml",
            error.ToString());
    }

    [Fact]
    public void Load_RequiredFilesMissing_NamesBoth()
    {
        using var folder = new PolicyFolder(providers: null, routes: null);

        var errors = folder.Load().Errors;

        Assert.Equal(["providers.yaml", "routes.yaml"], errors.Select(error => Path.GetFileName(error.File)));
        Assert.All(errors, error => Assert.Equal("The file is missing.", error.Message));
    }

    [Fact]
    public void Load_RequiredFileUnderAnotherName_SaysToRenameIt()
    {
        using var folder = new PolicyFolder(routes: null);
        folder.Write("routes.yml", PolicyFolder.MinimalRoutes);

        Assert.Equal("Rename routes.yml to routes.yaml", folder.LoadSingleError().Fix);
    }

    [Fact]
    public void Load_StrangeYamlFile_Warns()
    {
        using var folder = new PolicyFolder();
        folder.Write("key.yaml", "keys: []");

        var warning = Assert.Single(folder.Load().Warnings);

        Assert.Equal("key.yaml", Path.GetFileName(warning.File));
        Assert.Equal("Did you mean keys.yaml?", warning.Fix);
    }

    [Fact]
    public void Load_DirectoryInPlaceOfAFile_IsAnError()
    {
        using var folder = new PolicyFolder(routes: null);
        Directory.CreateDirectory(folder.PathOf("routes.yaml"));

        Assert.Contains("directory", folder.LoadSingleError().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FileOverOneMegabyte_IsAnError()
    {
        using var folder = new PolicyFolder(routes: PolicyFolder.MinimalRoutes + "\n# " + new string('x', 1024 * 1024));

        Assert.Equal("The file is larger than 1048576 bytes.", folder.LoadSingleError().Message);
    }

    [Fact]
    public void ToString_ErrorInAFile_IsOneLineThatAnEditorCanFollow()
    {
        using var folder = new PolicyFolder(PolicyFolder.MinimalProviders.Replace("4096", "0", StringComparison.Ordinal));

        Assert.Equal(
            $"{folder.PathOf("providers.yaml")}:5:30 providers.local.models.demo.contextWindow: '0' is out of range. "
            + "Write a whole number from 1 to 100000000",
            folder.LoadSingleError().ToString());
    }

    [Fact]
    public void Load_ManyThousandErrors_ListsTheFirstThousand()
    {
        var text = "providers:\n" + string.Concat(Enumerable.Range(0, 20_000).Select(index => $"  P{index}: 1\n"));
        using var folder = new PolicyFolder(text);

        Assert.Equal(1001, folder.Load().Errors.Length);
    }

    [Fact]
    public void ContentHash_SameFilesInTwoFolders_IsTheSame()
    {
        using var one = FullPolicies.Folder();
        using var two = FullPolicies.Folder();
        two.Environment["OPENAI_API_KEY"] = "another-key";

        Assert.Equal(one.LoadValid().ContentHash, two.LoadValid().ContentHash);
        Assert.Matches("^[0-9a-f]{64}$", one.LoadValid().ContentHash);
    }

    [Theory]
    [InlineData("routes.yaml", PolicyFolder.MinimalRoutes + "\n# a comment")]
    [InlineData("keys.yaml", "keys: []")]
    public void ContentHash_OneByteOrFileMore_Differs(string name, string content)
    {
        using var folder = new PolicyFolder();
        var before = folder.LoadValid().ContentHash;
        folder.Write(name, content);

        Assert.NotEqual(before, folder.LoadValid().ContentHash);
    }

    [Fact]
    public void Load_PricesLeftOut_WarnsAndKeepsThemUnknown()
    {
        using var folder = new PolicyFolder(
            PolicyFolder.MinimalProviders.Replace(", prices: { input: 0, output: 0 }", "", StringComparison.Ordinal));

        var result = folder.Load();

        var warning = Assert.Single(result.Warnings);
        Assert.Equal((5, "providers.local.models.demo"), (warning.Line, warning.Key));
        Assert.Null(result.Snapshot!.FindModel("local/demo")!.Prices);
    }
}
