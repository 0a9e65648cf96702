using System.Globalization;
using Gateway.Explaining;
using Gateway.Pipeline;

namespace Gateway.Records;

/// <summary>
/// What was decided about one request, and what became of it: a line of the file of records. Numbers and names only, never the prompt,
/// the answer or a key. Null is what is not known.
/// </summary>
public sealed record DecisionRecord
{
    /// <summary>When the request came.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>As in <c>x-request-id</c>.</summary>
    public required string RequestId { get; init; }

    /// <summary>The id of the virtual key; null without keys.</summary>
    public string? Key { get; init; }

    /// <summary><c>chat_completions</c> or <c>completions</c>.</summary>
    public required string Endpoint { get; init; }

    public required bool Stream { get; init; }

    /// <summary>The route or model that was asked for, by a name that the policies know.</summary>
    public required string Route { get; init; }

    public required string Strategy { get; init; }

    /// <summary>Why the first candidate was the first.</summary>
    public required string Reason { get; init; }

    /// <summary>Null only until it is written.</summary>
    public RecordedProfile? Profile { get; init; }

    /// <summary>Those of the plan in its order, then the excluded ones.</summary>
    public required IReadOnlyList<RecordedCandidate> Candidates { get; init; }

    /// <summary>In the order of their starts.</summary>
    public required IReadOnlyList<RecordedAttempt> Attempts { get; init; }

    /// <summary><c>answered</c>, <c>failed</c> or <c>abandoned</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The error code of a failure.</summary>
    public string? Code { get; init; }

    /// <summary>From the arrival to the end.</summary>
    public required double Seconds { get; init; }

    /// <summary>From the arrival until the first token had been sent.</summary>
    public double? FirstTokenSeconds { get; init; }

    /// <summary>Nano-dollars, of all attempts together; null when a price is unknown, and for a request that was refused before its first attempt.</summary>
    public long? CostNanoUsd { get; init; }

    /// <summary>The record of a request that has a plan and has ended.</summary>
    internal static DecisionRecord Of(GatewayRequest request, TimeProvider time)
    {
        var plan = request.Plan!;
        var elapsed = time.GetElapsedTime(request.StartedAt);
        return new DecisionRecord
        {
            Time = time.GetUtcNow() - elapsed,
            RequestId = request.Id,
            Key = request.Key?.Id,
            Endpoint = RecordNames.Of(request.Endpoint),
            Stream = request.Body!.Stream,
            Route = plan.Route,
            Strategy = ExplanationNames.Of(plan.Strategy),
            Reason = ExplanationNames.Of(plan.Reason),
            Candidates = [.. plan.Scores.Select(RecordedCandidate.Of)],
            Attempts = [.. request.Calls.Select(RecordedAttempt.Of)],
            Outcome = request switch { { Error: not null } => "failed", { IsAnswered: true } => "answered", _ => "abandoned" },
            Code = request.Error?.Code.Name,
            Seconds = elapsed.TotalSeconds,
            FirstTokenSeconds = request.Meter?.FirstTokenSentAt is { } sent ? time.GetElapsedTime(request.StartedAt, sent).TotalSeconds : null,
            CostNanoUsd = request.Spending?.Bill is { IsCostKnown: true } bill ? bill.Cost : null,
        };
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RequestId} at {Time:O}");
}
