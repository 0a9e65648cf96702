namespace Gateway.Routing;

/// <summary>How long a request will take.</summary>
internal static class LatencyEstimate
{
    /// <summary>Assumed while neither the card nor any call says it.</summary>
    private const double UsualFirstTokenSeconds = 1;

    /// <summary>Assumed while neither the card nor any call says it.</summary>
    private const double UsualTokensPerSecond = 50;

    /// <summary>Calls under way that count as half again as long. What is observed lags behind a burst; this does not.</summary>
    private const double BusyCalls = 64;

    /// <summary>However bad it looks, one call in twenty is taken to succeed, so that latencies stay comparable.</summary>
    private const double MostErrors = 0.95;

    /// <summary>Writes seconds to the first token, per token and to the end into the candidate.</summary>
    public static void Apply(CandidateScore candidate)
    {
        var firstToken = FirstToken(candidate);
        var perToken = PerToken(candidate);
        var seconds = firstToken + (candidate.OutputTokens * perToken);

        // Routes whose clients do not stream show nothing but whole answers.
        if (candidate.Observation is { FirstToken: null, Answer: { } answer })
        {
            seconds = Shrinkage.Toward(seconds, answer.Quantile(0.5), answer.Count);
        }

        candidate.FirstTokenSeconds = firstToken;
        candidate.SecondsPerToken = perToken;
        candidate.LatencySeconds = seconds * (1 + (candidate.InFlight / (candidate.InFlight + BusyCalls))) / (1 - Errors(candidate));
    }

    private static double FirstToken(CandidateScore candidate)
    {
        var expected = candidate.Model.TypicalFirstToken?.TotalSeconds;
        if (candidate.Observation?.FirstToken is { } observed)
        {
            return Shrinkage.Toward(expected ?? UsualFirstTokenSeconds, observed.Quantile(0.5), observed.Count);
        }

        candidate.Assumed |= expected is null ? Assumptions.FirstToken : Assumptions.None;
        return expected ?? UsualFirstTokenSeconds;
    }

    private static double PerToken(CandidateScore candidate)
    {
        var expected = 1 / (candidate.Model.TypicalTokensPerSecond ?? UsualTokensPerSecond);
        if (candidate.Observation is { SecondsPerToken: { } observed } observation)
        {
            return Shrinkage.Toward(expected, observed, observation.FirstToken?.Count ?? observation.Calls);
        }

        candidate.Assumed |= candidate.Model.TypicalTokensPerSecond is null ? Assumptions.TokenRate : Assumptions.None;
        return expected;
    }

    /// <summary>Whoever fails has to be asked again: 1 / (1 - e) times on average.</summary>
    private static double Errors(CandidateScore candidate) =>
        candidate.ErrorRate is { } errors ? Math.Min(Shrinkage.Toward(0, errors, candidate.Calls), MostErrors) : 0;
}
