using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Observability.Catalogue;
using Gateway.Testing;
using Xunit;

namespace Gateway.Observability.Tests.Documents;

/// <summary>docs/features/metrics.md lists the catalogue, all of it and nothing else.</summary>
public sealed class MetricsDocumentTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs/features/metrics.md"));

    [Fact]
    public void Document_Metrics_AreThoseOfTheCatalogue()
    {
        var rows = Regex.Matches(Text, @"^\| `(gateway|gen_ai|process|dotnet)_.*$", RegexOptions.Multiline).Select(match => match.Value);

        Assert.Equal(string.Join('\n', MetricCatalogue.All.Select(Row)), string.Join('\n', rows));
    }

    [Fact]
    public void Document_Buckets_AreThoseOfTheCatalogue()
    {
        var rows = Regex.Matches(Text, @"^\| buckets .*$", RegexOptions.Multiline).Select(match => match.Value);

        var bounds = MetricCatalogue.All.Where(metric => metric.Kind == MetricKind.Histogram)
            .GroupBy(metric => string.Join(", ", metric.Bounds.Select(bound => bound.ToString("0.######", CultureInfo.InvariantCulture))))
            .Select(group => $"| buckets of {string.Join(", ", group.Select(metric => $"`{metric.PrometheusName}`"))} | {group.Key} |");
        Assert.Equal(string.Join('\n', bounds), string.Join('\n', rows));
    }

    private static string Row(MetricDefinition metric)
    {
        var labels = metric.PrometheusLabels.IsEmpty ? "none" : string.Join(", ", metric.PrometheusLabels.Select(label => $"`{label}`"));
        return $"| `{metric.PrometheusName}` | {metric.Kind.ToString().ToLowerInvariant()} | {labels} | {metric.Description} |";
    }
}
