using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Hosting;
using Xunit;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>The Kubernetes manifest fits the gateway: its policies load, its probes have endpoints, it may write where it is to, and it is given the time to stop.</summary>
public sealed partial class ManifestTests
{
    private static readonly string Manifest = Repository.Read("k8s/gateway.yaml");

    [Fact]
    public void ConfigMap_OfTheManifest_LoadsAsPolicies() => Assert.Empty(PolicyRules.Load(DataOf("providers.yaml"), DataOf("routes.yaml"), keys: null));

    [Fact]
    public void Probes_OfTheManifest_AreThoseOfTheGateway() =>
        Assert.Equal(["/health/ready", "/health/live"], ProbePaths().Matches(Manifest).Select(match => match.Groups["path"].Value));

    [Fact]
    public void GracePeriod_OfTheManifest_IsLongerThanTheGatewayTakesToStop()
    {
        var options = new GatewayOptions { DrainSeconds = Number(Drain()), StopSeconds = Number(Stop()) };

        Assert.True(options.DrainSeconds > 0);
        Assert.True(GracefulStop.Limit(options).TotalSeconds < Number(GracePeriod()));
    }

    [Fact]
    public void DataPath_OfImageAndManifest_IsTheFolderThatEachGives()
    {
        string image = Repository.Read("Dockerfile");

        Assert.Equal(Made().Match(image).Groups["folder"].Value, ImageData().Match(image).Groups["folder"].Value);
        Assert.Contains($"mountPath: {PodData().Match(Manifest).Groups["folder"].Value}\n", Manifest, StringComparison.Ordinal);
    }

    private static int Number(Regex setting) => int.Parse(setting.Match(Manifest).Groups["number"].Value, CultureInfo.InvariantCulture);

    /// <summary>The literal block of that name, without its indentation.</summary>
    private static string DataOf(string name) =>
        string.Join('\n', Manifest.Split('\n')
            .SkipWhile(line => line != $"  {name}: |").Skip(1)
            .TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal))
            .Select(line => line[4..])) + "\n";

    [GeneratedRegex(@"^\s+path: (?<path>/\S+)$", RegexOptions.Multiline)]
    private static partial Regex ProbePaths();

    [GeneratedRegex(@"name: Gateway__DrainSeconds\s+value: ""(?<number>\d+)""")]
    private static partial Regex Drain();

    [GeneratedRegex(@"name: Gateway__StopSeconds\s+value: ""(?<number>\d+)""")]
    private static partial Regex Stop();

    [GeneratedRegex(@"RUN mkdir (?<folder>/\S+) && chown \$APP_UID \k<folder>$", RegexOptions.Multiline)]
    private static partial Regex Made();

    [GeneratedRegex(@"Gateway__DataPath=(?<folder>/\S+)")]
    private static partial Regex ImageData();

    [GeneratedRegex(@"name: Gateway__DataPath\s+value: (?<folder>/\S+)")]
    private static partial Regex PodData();

    [GeneratedRegex(@"terminationGracePeriodSeconds: (?<number>\d+)")]
    private static partial Regex GracePeriod();
}
