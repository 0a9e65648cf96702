using System.Globalization;
using System.Text.Json;
using Gateway.Commands;

namespace Gateway.Rehearsal;

/// <summary>Sets two policies side by side, for people and as JSON.</summary>
internal static class ReplayReport
{
    public static string Text(RecordedTraffic traffic, ReplaySummary baseline, ReplaySummary changed)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        var (from, to) = (traffic.Requests[0].Record.Time, traffic.Requests[^1].Record.Time);
        text.WriteLine($"{traffic.Requests.Count} requests from {from:u} to {to:u}, {traffic.Skipped.Count} lines skipped");
        text.WriteLine();
        text.WriteLine($"{"",-36} {"baseline",14} {"new",14} {"difference",14}");
        Row(text, "answered", baseline.Answered, changed.Answered, "0");
        Row(text, "failed", baseline.Failed, changed.Failed, "0");
        Row(text, "cost, US dollars", baseline.CostUsd, changed.CostUsd, "0.000000");
        Row(text, "answers of unknown price", baseline.Unpriced, changed.Unpriced, "0");
        Row(text, "expected quality", baseline.Quality, changed.Quality, "0.000");
        Rows(text, "first text", baseline.FirstTokenSeconds, changed.FirstTokenSeconds);
        Rows(text, "whole answer", baseline.TotalSeconds, changed.TotalSeconds);
        Row(text, "calls of providers", baseline.Calls, changed.Calls, "0");
        Row(text, "failovers", baseline.Failovers, changed.Failovers, "0");
        foreach (var model in baseline.Shares.Keys.Union(changed.Shares.Keys))
        {
            Row(text, $"answers by {model}, %", baseline.Shares.GetValueOrDefault(model) * 100, changed.Shares.GetValueOrDefault(model) * 100, "0.0");
        }

        string[] assumed = [.. baseline.Assumed.Union(changed.Assumed).Order(StringComparer.Ordinal)];
        if (assumed.Length > 0)
        {
            text.WriteLine();
            text.WriteLine($"Not in the recording, so assumed to behave as their cards say: {string.Join(", ", assumed)}");
        }

        return text.ToString().TrimEnd();
    }

    public static string Json(RecordedTraffic traffic, ReplaySummary baseline, ReplaySummary changed) => JsonSerializer.Serialize(
        new
        {
            requests = traffic.Requests.Count,
            from = traffic.Requests[0].Record.Time,
            to = traffic.Requests[^1].Record.Time,
            skipped = traffic.Skipped,
            baseline,
            @new = changed,
        },
        RouteCommand.ReportJson);

    private static void Rows(StringWriter text, string name, LatencySummary baseline, LatencySummary changed)
    {
        Row(text, $"{name}, s, median", baseline.P50, changed.P50, "0.000");
        Row(text, $"{name}, s, 95 %", baseline.P95, changed.P95, "0.000");
        Row(text, $"{name}, s, 99 %", baseline.P99, changed.P99, "0.000");
    }

    private static void Row(StringWriter text, string name, double? baseline, double? changed, string format) =>
        text.WriteLine($"{name,-36} {Show(baseline, format),14} {Show(changed, format),14} {Show(changed - baseline, $"+{format};-{format};{format}"),14}");

    private static string Show(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
