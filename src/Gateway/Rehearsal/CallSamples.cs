using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Records;

namespace Gateway.Rehearsal;

/// <summary>Makes samples of recorded calls.</summary>
internal static class CallSamples
{
    /// <summary>The sample of a call; null for one that was called off, which says nothing about its model.</summary>
    /// <param name="request">The request that made it.</param>
    /// <param name="call">The call.</param>
    public static CallSample? Of(DecisionRecord request, RecordedAttempt call)
    {
        var at = request.Time + TimeSpan.FromSeconds(call.StartedAfterSeconds);
        var whole = TimeSpan.FromSeconds(call.Seconds);
        if (RecordNames.Find<AttemptOutcome>(call.Outcome) == AttemptOutcome.Answered)
        {
            var tokens = (int)Math.Clamp(call.OutputTokens ?? 1, 1, int.MaxValue);
            return request.Stream && call.FirstTokenSeconds is { } first
                ? new CallSample(at, TimeSpan.FromSeconds(first), tokens > 1 ? (whole - TimeSpan.FromSeconds(first)) / (tokens - 1) : null, null)
                : new CallSample(at, whole / tokens, whole / tokens, null);
        }

        if (call.Kind is not { } name || FailureKindNames.All.FirstOrDefault(kind => kind.Name == name) is not { Name: not null } known)
        {
            return null;
        }

        var fault = FaultOf(known.Value, whole, hasToken: call.FirstTokenSeconds is not null);
        return new CallSample(at, TimeSpan.FromSeconds(call.FirstTokenSeconds ?? call.Seconds), null, fault);
    }

    /// <summary>What makes a simulated call fail in the same way.</summary>
    private static Fault FaultOf(FailureKind kind, TimeSpan after, bool hasToken) => kind switch
    {
        FailureKind.RateLimited => Status(429, after),
        FailureKind.QuotaExhausted => Status(402, after),
        FailureKind.Overloaded => Status(503, after),
        FailureKind.ServerError => Status(500, after),
        FailureKind.Authentication => Status(401, after),
        FailureKind.ModelNotFound => Status(404, after),
        FailureKind.BadRequest => Status(400, after),
        FailureKind.Unreachable => new Fault { Kind = FaultKind.Reset, Duration = after },
        FailureKind.Timeout => new Fault { Kind = FaultKind.Hang },
        FailureKind.Stalled => new Fault { Kind = FaultKind.StallAfter, Tokens = 1 },
        FailureKind.Truncated => new Fault { Kind = FaultKind.CutAfter, Tokens = hasToken ? 1 : 0 },
        FailureKind.InvalidResponse => new Fault { Kind = FaultKind.MalformedEvent, Tokens = hasToken ? 1 : 0 },
        FailureKind.ContextLength => new Fault { Kind = FaultKind.ContextLength, Duration = after },
        FailureKind.ContentFilter => new Fault { Kind = FaultKind.ContentFilter, Duration = after },
        _ => new Fault { Kind = FaultKind.RejectPrefill, Duration = after },
    };

    private static Fault Status(int status, TimeSpan after) => new() { Kind = FaultKind.Status, Status = status, Duration = after };
}
