using System.Collections.Immutable;
using System.Globalization;
using Gateway.Commands;

namespace Gateway.Rehearsal;

/// <summary>Shows what became of scenarios, for people and as JSON.</summary>
internal static class ScenarioReport
{
    public static string Text(IReadOnlyList<ScenarioResult> results)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var result in results)
        {
            text.WriteLine($"{(result.IsPassed ? "ok    " : "FAILED")}  {result.Scenario.Name}");
            if (!result.IsPassed)
            {
                WriteDetails(text, result);
            }
        }

        text.Write($"{results.Count(result => result.IsPassed)} passed, {results.Count(result => !result.IsPassed)} failed");
        return text.ToString();
    }

    public static string Json(IReadOnlyList<ScenarioResult> results) => System.Text.Json.JsonSerializer.Serialize(
        new
        {
            passed = results.Count(result => result.IsPassed),
            failed = results.Count(result => !result.IsPassed),
            scenarios = results.Select(result => new
            {
                result.Scenario.File,
                result.Scenario.Name,
                result.IsPassed,
                result.Problems,
                result.Answer.Status,
                result.Answer.Error,
                AnsweredBy = result.Answer.Model?.QualifiedName,
                Seconds = result.Answer.Took.TotalSeconds,
                FirstTokenSeconds = result.Answer.FirstText?.TotalSeconds,
                Attempts = Attempts(result),
            }),
        },
        RouteCommand.ReportJson);

    private static void WriteDetails(StringWriter text, ScenarioResult result)
    {
        text.WriteLine($"        {result.Scenario.File}");
        foreach (var problem in result.Problems)
        {
            text.WriteLine($"        {problem}");
        }

        text.WriteLine(result.Answer.Attempts.IsEmpty ? "        No call was made." : "        The calls of the last request, in seconds from its arrival:");
        foreach (var attempt in Attempts(result))
        {
            var end = attempt.StartedAfterSeconds + attempt.DurationSeconds;
            text.WriteLine($"        {attempt.StartedAfterSeconds,9:F3} to {end:F3}  {attempt.Model} {attempt.Outcome} ({attempt.Role})");
        }
    }

    private static ImmutableArray<AttemptLine> Attempts(ScenarioResult result) => [.. result.Answer.Attempts.Select(attempt => new AttemptLine(
        attempt.Model.QualifiedName,
        attempt.Role.ToString().ToLowerInvariant(),
        ScenarioVerdict.OutcomeOf(attempt),
        attempt.StartedAfter.TotalSeconds,
        attempt.Duration.TotalSeconds))];

    private sealed record AttemptLine(string Model, string Role, string Outcome, double StartedAfterSeconds, double DurationSeconds);
}
