using System.Text.RegularExpressions;
using Xunit;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>The Kubernetes manifest fits the gateway: its policies load, and its probes have endpoints.</summary>
public sealed partial class ManifestTests
{
    private static readonly string Manifest = Repository.Read("k8s/gateway.yaml");

    [Fact]
    public void ConfigMap_OfTheManifest_LoadsAsPolicies() => Assert.Empty(PolicyRules.Load(DataOf("providers.yaml"), DataOf("routes.yaml"), keys: null));

    [Fact]
    public void Probes_OfTheManifest_AreThoseOfTheGateway() =>
        Assert.Equal(["/health/ready", "/health/live"], ProbePaths().Matches(Manifest).Select(match => match.Groups["path"].Value));

    /// <summary>The literal block of that name, without its indentation.</summary>
    private static string DataOf(string name) =>
        string.Join('\n', Manifest.Split('\n')
            .SkipWhile(line => line != $"  {name}: |").Skip(1)
            .TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal))
            .Select(line => line[4..])) + "\n";

    [GeneratedRegex(@"^\s+path: (?<path>/\S+)$", RegexOptions.Multiline)]
    private static partial Regex ProbePaths();
}
