using System.Diagnostics.Metrics;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Policies;

namespace Gateway.Metering;

/// <summary>Shows which policies are in use, and whether the newest edit is.</summary>
internal static class PolicyMetrics
{
    public static void Register(GatewayMeter meter, PolicyStore policies)
    {
        meter.Observe(MetricCatalogue.PolicyVersion, () => policies.Current.Version);
        meter.Observe(MetricCatalogue.PolicyInfo, () => [new Measurement<double>(1, new KeyValuePair<string, object?>(MetricLabel.ContentHash, policies.Current.ContentHash))]);
        meter.Observe(MetricCatalogue.PolicyLoaded, () => policies.Current.LoadedAt.ToUnixTimeMilliseconds() / 1000d);
        meter.Observe(MetricCatalogue.PolicyErrors, () => policies.Status.Errors.Length);

        var reloads = meter.Counter<long>(MetricCatalogue.PolicyReloads);
        Count(MetricOutcome.Accepted, 0);
        Count(MetricOutcome.Refused, 0);
        policies.Reloaded += result => Count(result.IsValid ? MetricOutcome.Accepted : MetricOutcome.Refused, 1);

        // Counted from zero, so that the first refusal is a rise that an alert can see.
        void Count(string outcome, int edits) => reloads.Add(edits, new KeyValuePair<string, object?>(MetricLabel.Outcome, outcome));
    }
}
