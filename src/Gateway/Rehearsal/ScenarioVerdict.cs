using System.Globalization;
using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Providers.Simulation;

namespace Gateway.Rehearsal;

/// <summary>Compares what happened in a scenario with what it expects.</summary>
internal sealed class ScenarioVerdict(ScenarioExpectation expect, ScenarioModels models, RehearsalObserver observer)
{
    /// <summary>One sentence for each difference.</summary>
    /// <param name="answers">Of every request; the last one is the one that is looked at.</param>
    public IEnumerable<string> Problems(IReadOnlyList<RehearsedAnswer> answers) =>
        [.. answers.Select(Broken).OfType<string>().Distinct(), .. OfLast(answers[^1]), .. OfTimes(answers[^1]), .. OfCalls(answers[^1]), .. OfAll(answers)];

    /// <summary>How an attempt ended, as scenarios write it.</summary>
    public static string OutcomeOf(AttemptRecord attempt) => attempt switch
    {
        { Failure: { } failure } when attempt.Outcome == AttemptOutcome.Failed => FailureKindNames.Of(failure.Kind),
        { Outcome: AttemptOutcome.Overtaken } => ExpectedAttempt.Overtaken,
        { Outcome: AttemptOutcome.Abandoned } => ExpectedAttempt.Abandoned,
        _ => ExpectedAttempt.Answered,
    };

    /// <summary>Whatever a scenario expects: no answer that looks whole is anything but whole, and no text comes twice or has gaps.</summary>
    private string? Broken(RehearsedAnswer answer)
    {
        var tokens = SimulatedText.Count(answer.Text);
        if (answer.Text != SimulatedText.Whole(tokens))
        {
            return $"a client has text that no model wrote in this order: '{answer.Text}'";
        }

        if (answer is { IsWhole: true, Model: { } model } && tokens < models.TokensOf(model))
        {
            return $"a client took a part for the whole: {tokens} of {models.TokensOf(model)} tokens";
        }

        return answer.IsWhole != (answer.Error is null) ? "a client saw a whole answer and an error, or neither" : null;
    }

    private IEnumerable<string> OfLast(RehearsedAnswer answer)
    {
        var text = answer.IsWhole ? ScenarioText.Whole : answer.Text.Length > 0 ? ScenarioText.Cut : ScenarioText.None;
        var isAnsweredBy = answer.Model is { } model && expect.AnsweredBy?.Includes(model) == true;
        return Differences(
            Compare("answeredBy", expect.AnsweredBy, isAnsweredBy, answer.Model?.QualifiedName ?? "nobody"),
            Compare("status", expect.Status, expect.Status == answer.Status, answer.Status),
            Compare("error", expect.Error, expect.Error == answer.Error, answer.Error ?? "none"),
            Compare("text", expect.Text, expect.Text == text, text));
    }

    private IEnumerable<string> OfTimes(RehearsedAnswer answer) => Differences(
        Compare("withinSeconds", Seconds(expect.Within), answer.Took <= expect.Within, Seconds(answer.Took)),
        Compare("firstTokenWithinSeconds", Seconds(expect.FirstTokenWithin), answer.FirstText <= expect.FirstTokenWithin, Seconds(answer.FirstText) ?? "none"),
        Compare("notBeforeSeconds", Seconds(expect.NotBefore), answer.Took >= expect.NotBefore, Seconds(answer.Took)));

    private IEnumerable<string> OfCalls(RehearsedAnswer answer)
    {
        var seen = answer.Attempts.Select(attempt => $"{attempt.Model.QualifiedName} {OutcomeOf(attempt)}").ToList();
        var isAsExpected = expect.Attempts.Length == answer.Attempts.Length
            && expect.Attempts.Zip(answer.Attempts).All(static pair => Matches(pair.First, pair.Second));
        return Differences(
            Compare("attempts", expect.Attempts.IsEmpty ? null : string.Join(", ", expect.Attempts), isAsExpected, string.Join(", ", seen)),
            Compare("maxAttempts", expect.MaxAttempts, answer.Attempts.Length <= expect.MaxAttempts, answer.Attempts.Length))
            .Concat(expect.NotCalled
                .Where(target => answer.Attempts.Any(attempt => target.Includes(attempt.Model)))
                .Select(target => $"notCalled: {target} was called"));
    }

    private IEnumerable<string> OfAll(IReadOnlyList<RehearsedAnswer> answers)
    {
        var unanswered = answers.Count(answer => !answer.IsWhole);
        return Differences(Compare("allAnswered", expect.AllAnswered ? "true" : null, unanswered == 0, $"{unanswered} of {answers.Count} without an answer"))
            .Concat(expect.CallsAtMost
                .Where(bound => observer.CallsOf(bound.Target) > bound.Calls)
                .Select(bound => $"callsAtMost: expected {bound.Calls} of {bound.Target}, seen {observer.CallsOf(bound.Target)}"))
            .Concat(expect.Circuits
                .Where(circuit => observer.IsOpen(circuit.Target) != circuit.IsOpen)
                .Select(circuit => $"circuits: expected {circuit.Target} {(circuit.IsOpen ? "open" : "closed")}, seen {(circuit.IsOpen ? "closed" : "open")}"))
            .Concat(expect.Opened.Where(target => !observer.HasOpened(target)).Select(target => $"opened: the circuit of {target} never opened"));
    }

    private static bool Matches(ExpectedAttempt expected, AttemptRecord seen) => expected.Target.Includes(seen.Model) && expected.Outcome == OutcomeOf(seen);

    private static IEnumerable<string> Differences(params IEnumerable<string?> differences) => differences.OfType<string>();

    /// <summary>Null when nothing was expected, or it came.</summary>
    private static string? Compare(string name, object? expected, bool isAsExpected, object? seen) =>
        expected is null || isAsExpected ? null : string.Create(CultureInfo.InvariantCulture, $"{name}: expected {Show(expected)}, seen {Show(seen)}");

    private static string Show(object? value) =>
        value is ScenarioText text ? text.ToString().ToLowerInvariant() : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string? Seconds(TimeSpan? time) => time?.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
