namespace Gateway.Policies.Tests.Validation;

/// <summary>Each row puts one line into a provider that is otherwise in order.</summary>
public sealed class ProvidersErrorTests
{
    [Theory]
    [InlineData("colour: red", "colour", "'colour' is not known here", "Known keys are dialect, models, baseUrl")]
    [InlineData("baseUrll: x", "baseUrll", "'baseUrll' is not known here", "Did you mean 'baseUrl'?")]
    [InlineData("streamUsage: perhaps", "streamUsage", "'perhaps'", "Write true or false")]
    [InlineData("httpVersion: 3", "httpVersion", "'3' is not known", "Choose from auto, 1.1, 2")]
    [InlineData("httpVersion: [ 2 ]", "httpVersion", "Here stands a list, where a single value belongs", "Write one value")]
    [InlineData("httpVersion:", "httpVersion", "There is no value", "Write one value, or remove the key")]
    [InlineData("headers: 1", "headers", "Here stands a single value, where a mapping belongs", "'name: value'")]
    [InlineData("headers: { Host: x }", "headers.Host", "The gateway sets this header itself", "Remove it")]
    [InlineData("headers: { content-length: 1 }", "headers.content-length", "The gateway sets this header itself", "Remove it")]
    [InlineData("headers: { Transfer-Encoding: x }", "headers.Transfer-Encoding", "The gateway sets this header itself", "Remove it")]
    [InlineData("headers: { connection: x }", "headers.connection", "The gateway sets this header itself", "Remove it")]
    [InlineData("headers: { Authorization: x }", "headers.Authorization", "The gateway sets this header itself", "use apiKey")]
    [InlineData("headers: { api-key: abc }", "headers.api-key", "keys are never written in policy files", "Write ${NAME}")]
    [InlineData("headers: { \"a b\": x }", "headers.a b", "'a b' is no header name", "letters, digits")]
    [InlineData("headers: { X-A: 1, x-a: 2 }", "headers.x-a", "The header is here a second time", "Keep one")]
    [InlineData("headers: { X-A: \"a\\nb\" }", "headers.X-A", "line breaks", "visible ASCII")]
    [InlineData("headers: { X-A: \"é\" }", "headers.X-A", "outside ASCII", "visible ASCII")]
    [InlineData("timeouts: { connectSeconds: 0 }", "timeouts.connectSeconds", "'0' is out of range", "seconds from 0.001 to 3600")]
    [InlineData("timeouts: { connectSeconds: 3600.1 }", "timeouts.connectSeconds", "'3600.1' is out of range", "seconds from 0.001 to 3600")]
    [InlineData("timeouts: { connectSeconds: -1 }", "timeouts.connectSeconds", "'-1' is out of range", "seconds from 0.001 to 3600")]
    [InlineData("timeouts: { connectSeconds: 1e3 }", "timeouts.connectSeconds", "'1e3' is no number", "seconds from 0.001 to 3600")]
    [InlineData("timeouts: { connectSeconds: \"5\" }", "timeouts.connectSeconds", "'5' in quotes is text", "without quotes")]
    [InlineData("timeouts: { connectSecond: 1 }", "timeouts.connectSecond", "'connectSecond' is not known here", "Did you mean 'connectSeconds'?")]
    [InlineData(
        "timeouts: { responseSeconds: 300 }",
        "timeouts.responseSeconds", "The limit is set in failover.yaml now", "write answerSeconds, and firstTokenSeconds for streams, under providers.open-ai.1.limits of failover.yaml")]
    [InlineData(
        "timeouts: { idleSeconds: 60 }",
        "timeouts.idleSeconds", "The limit is set in failover.yaml now", "write betweenTokensSeconds under providers.open-ai.1.limits of failover.yaml")]
    [InlineData("tls: { }", "tls.caFile", "The setting is missing", "path of a PEM file")]
    [InlineData("tls: { caFile: nowhere.pem }", "tls.caFile", "The file does not exist", "relative to the folder of the policies")]
    [InlineData("tls: { caFile: routes.yaml }", "tls.caFile", "The file holds no certificate", "BEGIN CERTIFICATE")]
    [InlineData(
        "apiKey: ${MISSING}",
        "apiKey", "The environment variable MISSING is not set, or is empty", "Set MISSING, or write ${MISSING:-}")]
    [InlineData("apiKey: ${EMPTY}", "apiKey", "The environment variable EMPTY is not set, or is empty", "Set EMPTY")]
    [InlineData("apiKey: ${NAME", "apiKey", "keys are never written in policy files", "Write ${OPEN_AI_1_API_KEY} and set that variable")]
    [InlineData("apiKey: ${WITH_NEWLINE}", "apiKey", "spaces, line breaks", "without a line break at its end")]
    public void Load_OneWrongLine_NamesLineKeyAndFix(string line, string key, string message, string fix)
    {
        using var folder = new PolicyFolder($$"""
            providers:
              local: { dialect: local, models: { demo: { contextWindow: 10, prices: { input: 0, output: 0 } } } }
              open-ai.1:
                dialect: openai
                baseUrl: https://host/v1
                {{line}}
                models:
                  m: { contextWindow: 1 }
            """);
        folder.Environment["EMPTY"] = "";
        folder.Environment["WITH_NEWLINE"] = "sk-1\n";

        var error = folder.LoadSingleError();

        Assert.Equal(folder.PathOf("providers.yaml"), error.File);
        Assert.Equal(6, error.Line);
        Assert.Equal($"providers.open-ai.1.{key}", error.Key);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("htp://x", "'htp://x' is no http URL")]
    [InlineData("api.openai.com/v1", "'api.openai.com/v1' is no http URL")]
    [InlineData("/v1", "'/v1' is no http URL")]
    [InlineData("file:///etc/passwd", "is no http URL")]
    [InlineData("https://", "'https://' is no http URL")]
    [InlineData("https://me:hunter2@host/v1", "holds a user or a password")]
    [InlineData("https://host/v1?key=hunter2", "has a query or a fragment")]
    [InlineData("htp://me:hunter2@host/v1?key=hunter2", "is no http URL")]
    [InlineData("https://${", "reference is malformed")]
    [InlineData("https://${a-b}", "reference is malformed")]
    public void Load_WrongBaseUrl_NamesItWithoutWhatMayBeSecret(string url, string message)
    {
        using var folder = new PolicyFolder(Upstream($"baseUrl: {url}"));

        var error = folder.LoadSingleError();

        Assert.Equal((4, "providers.local.baseUrl"), (error.Line, error.Key));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CaFileOnHttpUrl_IsAnError()
    {
        using var folder = new PolicyFolder(Upstream("baseUrl: http://host/v1\n    tls: { caFile: ca.pem }"));
        folder.Write("ca.pem", FullPolicies.CaPem);

        Assert.Equal("There is no TLS on an http URL.", folder.LoadSingleError().Message);
    }

    [Fact]
    public void Load_DamagedCaFile_IsAnError()
    {
        using var folder = new PolicyFolder(Upstream("baseUrl: https://host/v1\n    tls: { caFile: ca.pem }"));
        folder.Write("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

        Assert.Equal("The file holds a damaged certificate.", folder.LoadSingleError().Message);
    }

    [Fact]
    public void Load_CaFileWithPrivateKey_KeepsOnlyTheCertificate()
    {
        using var folder = new PolicyFolder(Upstream("baseUrl: https://host/v1\n    tls: { caFile: ca.pem }"));
        folder.Write("ca.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + FullPolicies.CaPem);

        Assert.DoesNotContain("PRIVATE", folder.LoadValid().Providers[0].Upstream!.CaBundle, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("baseUrl: http://x")]
    [InlineData("apiKey: ${KEY}")]
    [InlineData("httpVersion: auto")]
    [InlineData("headers: { X-A: 1 }")]
    [InlineData("timeouts: { connectSeconds: 1 }")]
    [InlineData("tls: { caFile: x }")]
    public void Load_UpstreamSettingOnLocal_IsAnError(string line)
    {
        using var folder = new PolicyFolder(
            PolicyFolder.MinimalProviders.Replace("dialect: local", $"dialect: local\n    {line}", StringComparison.Ordinal));

        var error = folder.LoadSingleError();

        Assert.Equal((4, $"providers.local.{line.Split(':')[0]}"), (error.Line, error.Key));
        Assert.Equal("Remove the key", error.Fix);
    }

    [Theory]
    [InlineData("providers: {}", "providers", "There is no provider.")]
    [InlineData("providers:", "providers", "There is no value.")]
    [InlineData("provider: {}", "providers", "The setting is missing.")]
    [InlineData("[ 1 ]", "", "Here stands a list, where a mapping belongs.")]
    [InlineData("hello", "", "Here stands a single value, where a mapping belongs.")]
    [InlineData("providers: { local: }", "providers.local", "There is no value.")]
    [InlineData("providers: { local: { dialect: local, models: {} } }", "providers.local.models", "There is no model.")]
    [InlineData("providers: { local: { dialect: local } }", "providers.local.models", "The setting is missing.")]
    [InlineData(
        "providers: { local: { dialect: local, models: { m: 1 } } }",
        "providers.local.models.m", "Here stands a single value, where a mapping belongs.")]
    [InlineData(
        "providers: { x: { models: { m: { contextWindow: 1 } }, baseUrl: http://h } }",
        "providers.x.dialect", "The setting is missing.")]
    [InlineData(
        "providers: { x: { dialect: openai, models: { m: { contextWindow: 1 } } } }",
        "providers.x.baseUrl", "The setting is missing.")]
    [InlineData(
        "providers: { A b: { dialect: local, models: { m: { contextWindow: 1 } } } }",
        "providers.A b", "'A b' cannot name a provider.")]
    [InlineData(
        "providers: { x: { dialect: local, models: { /m: { contextWindow: 1 } } } }",
        "providers.x.models./m", "'/m' cannot name a model.")]
    public void Load_WrongShape_NamesKeyAndMessage(string text, string key, string message)
    {
        using var folder = new PolicyFolder(text, "routes: { auto: { candidates: [ x/y ] } }");

        var error = folder.Load().Errors.First(error => Path.GetFileName(error.File) == "providers.yaml" && error.Key != "provider");

        Assert.Equal((1, key, message), (error.Line, error.Key, error.Message));
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public void Load_WrongNamesInBlockStyle_PointAtTheNames()
    {
        using var folder = new PolicyFolder(
            """
            providers:
              Big:
                dialect: openai
                baseUrl: http://host
                headers:
                  Host:
                    x
                models:
                  m/:
                    contextWindow: 1
            """,
            """
            routes:
              a/b:
                candidates: [ Big/m/ ]
            """);

        Assert.Equal([(2, 3), (6, 7), (9, 7), (2, 3)], folder.Load().Errors.Select(error => (error.Line, error.Column)));
    }

    [Fact]
    public void Load_UnknownDialect_IsNotAlsoBlamedForItsMissingUrl()
    {
        using var folder = new PolicyFolder(
            PolicyFolder.MinimalProviders.Replace("dialect: local", "dialect: locla", StringComparison.Ordinal));

        Assert.StartsWith("Did you mean 'local'?", folder.LoadSingleError().Fix, StringComparison.Ordinal);
    }

    private static string Upstream(string lines) => $$"""
        providers:
          local:
            dialect: openai
            {{lines}}
            models: { demo: { contextWindow: 1 } }
        """;
}
