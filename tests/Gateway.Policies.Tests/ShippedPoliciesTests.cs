using System.Text.RegularExpressions;

namespace Gateway.Policies.Tests;

public sealed class ShippedPoliciesTests
{
    private static readonly string Shipped = Path.Combine(RepositoryRoot(), "policies");

    [Fact]
    public void Load_ShippedPolicies_HaveNeitherErrorsNorWarnings()
    {
        var result = PolicyLoader.Load(Shipped, new FakeEnvironment(), TimeProvider.System);

        Assert.Empty(result.Errors);
        Assert.Empty(result.Warnings);
        Assert.Equal("local/gateway-demo", Assert.Single(result.Snapshot!.FindRoute("auto")!.Candidates).QualifiedName);
        Assert.True(result.Snapshot.Keys.IsEmpty);
    }

    [Fact]
    public void Load_ShippedExamplesUncommented_HaveNoErrors()
    {
        var text = File.ReadAllText(Path.Combine(Shipped, "providers.yaml"));
        var examples = Regex.Replace(text, "^  # (?=( {2})*[A-Za-z0-9./:-]+:( |$))", "  ", RegexOptions.Multiline);
        using var folder = new PolicyFolder(examples, File.ReadAllText(Path.Combine(Shipped, "routes.yaml")));
        foreach (var name in Regex.Matches(text, @"\$\{([A-Z_]+)\}").Select(match => match.Groups[1].Value))
        {
            folder.Environment[name] = "key";
        }

        Assert.Equal(
            ["local", "openai", "deepseek", "dashscope", "mistral", "openrouter", "vllm", "sglang", "ollama"],
            folder.LoadValid().Providers.Select(provider => provider.Name));
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Gateway.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Gateway.sln is in no folder above the tests.");
        }

        return folder;
    }
}
