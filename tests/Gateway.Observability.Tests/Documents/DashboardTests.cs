using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Observability.Catalogue;
using Gateway.Testing;
using Xunit;

namespace Gateway.Observability.Tests.Documents;

/// <summary>The Grafana dashboard shows metrics and labels that exist.</summary>
public sealed partial class DashboardTests
{
    private static readonly JsonNode Dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "grafana/gateway.json")))!;

    private static readonly Dictionary<string, MetricDefinition> Series = MetricCatalogue.All
        .SelectMany(metric => SeriesOf(metric).Select(name => (Name: name, Metric: metric)))
        .ToDictionary(entry => entry.Name, entry => entry.Metric);

    public static TheoryData<string> Queries => [.. Strings(Dashboard, "expr").Concat(Strings(Dashboard, "definition"))];

    [Theory]
    [MemberData(nameof(Queries))]
    public void Query_OfTheDashboard_NamesSeriesAndLabelsThatExist(string query)
    {
        var names = SeriesIn(query).ToList();

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains(name, Series.Keys));
        var known = names.SelectMany(name => Series[name].PrometheusLabels).Append("le").Append("job").Append("instance").ToHashSet();
        var labels = Groupings().Matches(query).SelectMany(match => match.Groups["labels"].Value.Split(','))
            .Concat(Matchers().Matches(query).Select(match => match.Groups["label"].Value))
            .Select(label => label.Trim());
        Assert.All(labels, label => Assert.Contains(label, known));
    }

    [Fact]
    public void Panels_OfTheDashboard_HaveIdsAndTitlesOfTheirOwn()
    {
        var panels = Dashboard["panels"]!.AsArray().Select(panel => panel!).ToList();

        Assert.NotEmpty(panels);
        Assert.Equal(panels.Count, panels.Select(panel => panel["id"]!.GetValue<int>()).Distinct().Count());
        Assert.Equal(panels.Count, panels.Select(panel => panel["title"]!.GetValue<string>()).Distinct().Count());
    }

    [Fact]
    public void Dashboard_EveryMetricOfRequestsAndTokens_IsShown()
    {
        var shown = Queries.SelectMany(query => SeriesIn(query.Data)).Select(name => Series[name].Name).ToHashSet();

        Assert.Empty(MetricCatalogue.All.Select(metric => metric.Name).Where(name => name.StartsWith("gateway.", StringComparison.Ordinal)).Except(shown));
    }

    /// <summary>The names in a query, without its selectors and groupings, which hold labels.</summary>
    private static IEnumerable<string> SeriesIn(string query) =>
        SeriesNames().Matches(Groupings().Replace(Selectors().Replace(query, ""), "")).Select(match => match.Value);

    private static IEnumerable<string> SeriesOf(MetricDefinition metric) => metric.Kind == MetricKind.Histogram
        ? [metric.PrometheusName + "_bucket", metric.PrometheusName + "_count", metric.PrometheusName + "_sum"]
        : [metric.PrometheusName];

    private static IEnumerable<string> Strings(JsonNode? node, string key) => node switch
    {
        JsonObject members => members.SelectMany(member =>
            member.Key == key && member.Value?.GetValueKind() == JsonValueKind.String ? [member.Value.GetValue<string>()] : Strings(member.Value, key)),
        JsonArray items => items.SelectMany(item => Strings(item, key)),
        _ => [],
    };

    [GeneratedRegex(@"\b(gateway|gen_ai|process|dotnet)_[a-z0-9_]+")]
    private static partial Regex SeriesNames();

    [GeneratedRegex(@"\bby\s*\((?<labels>[^)]*)\)")]
    private static partial Regex Groupings();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Selectors();

    [GeneratedRegex(@"[{,]\s*(?<label>[a-z_]+)\s*(=|!=|=~|!~)")]
    private static partial Regex Matchers();
}
