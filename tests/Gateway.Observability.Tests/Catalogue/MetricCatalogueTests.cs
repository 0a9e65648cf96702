using System.Reflection;
using System.Text.RegularExpressions;
using Gateway.Observability.Catalogue;
using Xunit;

namespace Gateway.Observability.Tests.Catalogue;

public sealed class MetricCatalogueTests
{
    public static TheoryData<string> Names => [.. MetricCatalogue.All.Select(metric => metric.Name)];

    [Fact]
    public void All_HasEveryDeclaredMetric()
    {
        var declared = typeof(MetricCatalogue).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<MetricDefinition>();

        Assert.Equal(declared.Select(metric => metric.Name).Order(), MetricCatalogue.All.Select(metric => metric.Name).Order());
        Assert.Equal(MetricCatalogue.All.Length, MetricCatalogue.All.Select(metric => metric.PrometheusName).Distinct().Count());
    }

    [Theory]
    [InlineData("gateway.first_token", "gateway_first_token_seconds")]
    [InlineData("gateway.requests", "gateway_requests_total")]
    [InlineData("gateway.spend", "gateway_spend_usd_total")]
    [InlineData("gateway.requests.in_flight", "gateway_requests_in_flight")]
    [InlineData("gen_ai.server.time_to_first_token", "gen_ai_server_time_to_first_token_seconds")]
    [InlineData("gen_ai.server.time_per_output_token", "gen_ai_server_time_per_output_token_seconds")]
    [InlineData("gen_ai.client.token.usage", "gen_ai_client_token_usage")]
    [InlineData("gen_ai.client.operation.duration", "gen_ai_client_operation_duration_seconds")]
    [InlineData("process.cpu", "process_cpu_seconds_total")]
    [InlineData("process.resident_memory", "process_resident_memory_bytes")]
    public void PrometheusName_OfAMetric_FollowsTheCompatibilityRules(string name, string expected) => Assert.Equal(expected, Find(name).PrometheusName);

    [Theory]
    [MemberData(nameof(Names))]
    public void Metric_OfTheCatalogue_IsWellFormed(string name)
    {
        var metric = Find(name);

        Assert.Matches("^[a-z][a-z0-9_]*$", metric.PrometheusName);
        Assert.All(metric.PrometheusLabels, label => Assert.Matches("^[a-z][a-z0-9_]*$", label));
        Assert.DoesNotContain("le", metric.PrometheusLabels);
        Assert.Matches(@"^[A-Z].*[^.]\.$", metric.Description);
        Assert.Equal(metric.Kind == MetricKind.Histogram, metric.Bounds.Length > 0);
        Assert.Equal(metric.Bounds.Order().Distinct(), metric.Bounds);
        Assert.False(Regex.IsMatch(metric.Name, "_(count|sum|bucket|total|info|created)$"), "The suffix belongs to the formats.");
    }

    private static MetricDefinition Find(string name) => MetricCatalogue.All.Single(metric => metric.Name == name);
}
