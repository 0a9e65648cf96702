using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads what a scenario expects.</summary>
internal sealed class ExpectationReader(PolicySnapshot policies)
{
    private const int MaxCalls = 1_000_000;

    private static readonly ImmutableArray<(string Name, ScenarioText Value)> Texts =
        [("whole", ScenarioText.Whole), ("cut", ScenarioText.Cut), ("none", ScenarioText.None)];

    private static readonly ImmutableArray<(string Name, bool Value)> CircuitStates = [("closed", false), ("open", true)];

    public ScenarioExpectation Read(Section section)
    {
        section.RefuseOthers(
            "answeredBy", "status", "error", "text", "attempts", "maxAttempts", "withinSeconds", "firstTokenWithinSeconds", "notBeforeSeconds", "notCalled",
            "allAnswered", "callsAtMost", "circuits", "opened");
        return new ScenarioExpectation
        {
            AnsweredBy = section.Find("answeredBy") is { } answered ? FaultTargetReader.Read(answered, policies) : null,
            Status = section.Find("status")?.AsInteger(200, 599),
            Error = section.Find("error")?.AsText(),
            Text = section.Find("text")?.AsOneOf(Texts),
            Attempts = section.Find("attempts")?.AsList() is { } attempts ? [.. attempts.Select(ReadAttempt).OfType<ExpectedAttempt>()] : [],
            MaxAttempts = section.Find("maxAttempts")?.AsInteger(0, MaxCalls),
            Within = section.Find("withinSeconds")?.AsSeconds(),
            FirstTokenWithin = section.Find("firstTokenWithinSeconds")?.AsSeconds(),
            NotBefore = section.Find("notBeforeSeconds")?.AsSeconds(),
            NotCalled = ReadTargets(section, "notCalled"),
            AllAnswered = section.Find("allAnswered")?.AsBoolean() ?? false,
            CallsAtMost = ReadEach(section, "callsAtMost", static value => value.AsInteger(0, MaxCalls)),
            Circuits = ReadEach(section, "circuits", static value => value.AsOneOf(CircuitStates)),
            Opened = ReadTargets(section, "opened"),
        };
    }

    private ImmutableArray<FaultTarget> ReadTargets(Section section, string key) =>
        section.Find(key)?.AsList() is { } items ? [.. items.Select(item => FaultTargetReader.Read(item, policies)).OfType<FaultTarget>()] : [];

    private ImmutableArray<(FaultTarget Target, T Value)> ReadEach<T>(Section section, string key, Func<Field, T?> read)
        where T : struct
    {
        var result = ImmutableArray.CreateBuilder<(FaultTarget, T)>();
        foreach (var (_, name, value) in section.Find(key)?.AsSection()?.Entries ?? [])
        {
            var target = FaultTargetReader.Read(name, policies);
            if (read(value) is { } wanted && target is not null)
            {
                result.Add((target, wanted));
            }
        }

        return result.ToImmutable();
    }

    private ExpectedAttempt? ReadAttempt(Field field)
    {
        if (field.AsText() is not { } text)
        {
            return null;
        }

        if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var name, var outcome])
        {
            field.Error($"{Quote.Of(text)} is no call and its outcome.", "Write who and how, such as 'openai/gpt-5-mini overloaded'");
            return null;
        }

        string[] outcomes = [.. ExpectedAttempt.Outcomes, .. FailureKindNames.All.Select(kind => kind.Name)];
        if (!outcomes.Contains(outcome))
        {
            field.Error(
                $"{Quote.Of(outcome)} is no outcome.",
                Suggestion.Closest(outcome, outcomes) is { } meant ? $"Did you mean '{meant}'?" : $"Choose from {string.Join(", ", outcomes)}");
        }

        return FaultTargetReader.Read(field, name, policies) is { } target ? new ExpectedAttempt(target, outcome) : null;
    }
}
