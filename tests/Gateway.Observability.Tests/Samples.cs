using Gateway.Observability.Catalogue;

namespace Gateway.Observability.Tests;

/// <summary>Small metrics, for tests of what is done with metrics.</summary>
internal static class Samples
{
    public static readonly MetricDefinition Counter = new(MetricKind.Counter, "sample.events", "{event}", "Events.", ["colour", "sample.size"]);

    public static readonly MetricDefinition Cost = new(MetricKind.Counter, "sample.cost", MetricUnit.Dollars, "Cost.");

    public static readonly MetricDefinition Gauge = new(MetricKind.Gauge, "sample.open", "{thing}", "Things that are open.");

    public static readonly MetricDefinition Observed = new(MetricKind.Gauge, "sample.memory", MetricUnit.Bytes, "Memory.", ["colour"]) { IsObserved = true };

    public static readonly MetricDefinition Histogram =
        new(MetricKind.Histogram, "sample.delay", MetricUnit.Seconds, "A \"delay\" in C:\\time,\nin seconds.", ["colour"]) { Bounds = [0.00005, 0.25, 1, 2_500_000], HasExemplars = true };

    public static KeyValuePair<string, object?> Tag(string key, object? value) => new(key, value);
}
