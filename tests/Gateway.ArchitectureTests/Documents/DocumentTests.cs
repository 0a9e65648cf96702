using Gateway.Hosting;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Gateway.ArchitectureTests.Documents;

public sealed class DocumentTests
{
    private const string TestCommand = "dotnet test Gateway.sln";

    public static TheoryData<string> Paths => [.. Document.All.Select(document => document.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Document_OfTheRepository_IsTrue(string path)
    {
        var document = Document.All.Single(document => document.Path == path);

        Violations.AssertNone(
        [
            .. PathRules.Check(document),
            .. CommandRules.Check(document),
            .. SettingRules.Check(document),
            .. ErrorRules.Check(document),
            .. JsonRules.Check(document),
            .. PolicyRules.Check(document),
        ]);
    }

    [Fact]
    public async Task Endpoints_OfTheDocuments_Exist()
    {
        await using var app = GatewayApplication.Create([]);
        var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}"))
            .ToList();

        Assert.Contains("POST /v1/chat/completions", endpoints);
        Violations.AssertNone(Document.All.SelectMany(document => EndpointRules.Check(document, endpoints)));
    }

    [Fact]
    public void Commands_AllOfThem_AreDocumented() => Violations.AssertNone(CommandRules.CheckComplete(Read("docs/features/cli.md")));

    [Fact]
    public void Settings_AllOfThem_AreDocumentedWithTheirDefaults() => Violations.AssertNone(SettingRules.CheckComplete(Read("docs/features/settings.md")));

    [Fact]
    public void Errors_AllOfThem_AreDocumented() => Violations.AssertNone(ErrorRules.CheckComplete(Read("docs/features/errors.md")));

    [Fact]
    public void Readme_OfTheRepository_NamesTheTwoCommandsAndCiRunsTheSecond()
    {
        var commands = Read("README.md").Commands.ToList();

        Assert.Contains("dotnet run --project src/Gateway", commands);
        Assert.Contains(TestCommand, commands);
        Assert.Contains($" {TestCommand} ", Repository.Read(".ci/run"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("`src/Gateway/Nothing.cs`")]
    [InlineData("`Nothing.cs`")]
    [InlineData("`docs/nothing.md`")]
    [InlineData("`Dockerfile`, `global.json`")]
    [InlineData("[text](nothing.md)")]
    [InlineData("[text](#nothing)")]
    [InlineData("[text](../README.md#nothing)")]
    public void Paths_Missing_AreFound(string text) => Assert.Single(PathRules.Check(Sample(text)));

    [Theory]
    [InlineData("`src/Gateway/Program.cs`, `Pipeline/GatewayPipeline.cs`, `policies/keys.yaml`, `docs/`, `text/html`, `error.code`")]
    [InlineData("# A heading: with `code`\n[text](#a-heading-with-code) [other](../README.md) [web](https://example.com/x)")]
    public void Paths_Present_AreNotFound(string text) => Assert.Empty(PathRules.Check(Sample(text)));

    [Theory]
    [InlineData("`gateway policy rehearse`")]
    [InlineData("`gateway policy`")]
    [InlineData("`gateway keys create one two`")]
    [InlineData("```\ndotnet run --project src/Gateway -- report\n```\n")]
    [InlineData("```sh\nA=b dotnet run -c Release --project src/Gateway -- \\\n  keys forget | cat\n```\n")]
    public void Commands_Unknown_AreFound(string text) => Assert.Single(CommandRules.Check(Sample(text)));

    [Theory]
    [InlineData("`gateway policy check policies`, `gateway serve`, `gateway keys create ID`, `gateway --help`, `gateway policy --help`")]
    [InlineData("```\ndotnet run --project src/Gateway -- --Gateway:Urls=http://127.0.0.1:8081 &\n```\n")]
    public void Commands_Known_AreNotFound(string text) => Assert.Empty(CommandRules.Check(Sample(text)));

    [Fact]
    public void Commands_Undocumented_AreFound() => Assert.Contains("docs/features/cli.md: `gateway policy check` is not described.", CommandRules.CheckComplete(Sample("")));

    [Fact]
    public void Settings_UnknownOrUndocumented_AreFound()
    {
        Assert.Equal(
            ["docs/sample.md: there is no setting Gateway:Url.", "docs/sample.md: there is no setting Engine:Model."],
            SettingRules.Check(Sample("`Gateway:Url` Gateway:Urls Engine__Model Engine__ModelPath")));
        var found = SettingRules.CheckComplete(Sample("| `Engine:MaxPrefillChunk` | what | range | `17` |")).ToList();
        Assert.Contains("docs/sample.md: no row for Gateway:Urls.", found);
        Assert.Contains("docs/sample.md: the default of Engine:MaxPrefillChunk is `128`; the row does not end with it.", found);
    }

    [Fact]
    public void Errors_UnknownOrUndocumented_AreFound()
    {
        Assert.Equal(["docs/sample.md: there is no error code caller_sleepy."], ErrorRules.Check(Sample("`caller_sleepy` `caller_missing_key` `caller_*`")));
        Assert.Contains(
            "docs/sample.md: no row '| `caller_missing_key` | 401 | `authentication_error` |'.", ErrorRules.CheckComplete(Sample("| `caller_missing_key` | 400 |")));
    }

    [Theory]
    [InlineData("curl http://127.0.0.1:8080/v1/chat/completions")]
    [InlineData("curl http://127.0.0.1:8080/v1/nothing")]
    [InlineData("curl http://127.0.0.1:8080/v1/models -d '{}'")]
    public void Endpoints_Missing_AreFound(string command) =>
        Assert.Single(EndpointRules.Check(Sample($"```\n{command}\n```\n"), ["POST /v1/chat/completions", "GET /v1/models", "GET /v1/models/{**id}"]));

    [Theory]
    [InlineData("curl http://127.0.0.1:8080/v1/chat/completions \\\n  -d '{}'")]
    [InlineData("curl http://127.0.0.1:8080/v1/models/a/b\ncurl x -d y")]
    [InlineData("baseURL: \"http://127.0.0.1:8080/v1\"")]
    public void Endpoints_Present_AreNotFound(string command) =>
        Assert.Empty(EndpointRules.Check(Sample($"```\n{command}\n```\n"), ["POST /v1/chat/completions", "GET /v1/models", "GET /v1/models/{**id}"]));

    [Theory]
    [InlineData("```json\n{\"a\": 1,}\n```\n")]
    [InlineData("1. In a list:\n\n   ```json\n   {\"a\"}\n   ```\n")]
    [InlineData("```sh\ncurl x -d '{\"a\": }'\n```\n")]
    public void Json_Malformed_IsFound(string text) => Assert.Single(JsonRules.Check(Sample(text)));

    [Theory]
    [InlineData("```yaml\nproviders:\n  far:\n    dialect: openai\n    models: { m: { contextWindow: 8 } }\n```\n", "baseUrl")]
    [InlineData("```yaml\nroutes:\n  quick:\n    candidates: [ far/m ]\n```\n", "far/m")]
    [InlineData("```yaml\nkeys:\n  - id: ci\n```\n", "sha256")]
    public void Policies_Wrong_AreFound(string text, string expected) =>
        Assert.Contains(expected, string.Join('\n', PolicyRules.Check(Sample(text))), StringComparison.Ordinal);

    [Fact]
    public void Policies_BlocksThatBuildOnEachOther_Load() => Assert.Empty(PolicyRules.Check(Sample(
        """
        ```yaml
        providers:
          far:
            dialect: openai
            baseUrl: https://far.example/v1
            apiKey: ${FAR_KEY}
            models:
              m: { contextWindow: 8 }
        ```

        ```yaml
        routes:
          quick: { candidates: [ far/m, local/gateway-demo ] }
        ```

        ```yaml
        keys:
          - { id: ci, sha256: 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0, models: [ quick, auto ] }
        ```

        """)));

    private static Document Read(string path) => new(path, Repository.Read(path));

    private static Document Sample(string text) => new("docs/sample.md", text);
}
