using System.Globalization;

namespace Gateway.Policies.Validation;

/// <summary>Whether limits that hold together, from whichever sections they come, leave room for each other.</summary>
internal sealed class LimitChecks(FailoverSections sections)
{
    private readonly HashSet<Field> _reported = [];

    /// <param name="route">The route that requests are on; null for none.</param>
    /// <param name="provider">The provider that is tried.</param>
    public void Check(string? route, string provider)
    {
        var requests = sections.ForRequests(route);
        var attempts = sections.ForAttempts(route, provider);
        var total = requests.Total?.Value ?? RouteFailover.Default.TotalLimit;
        var rules = attempts.ResolveAttempts();
        var firstToken = rules.FirstTokenLimitOf(isLast: false);
        var where = route is null ? $"at provider {Quote.Of(provider)}" : $"at provider {Quote.Of(provider)} on route {Quote.Of(route)}";
        if (total < firstToken)
        {
            Error(
                requests.Total?.At ?? attempts.Limits.FirstToken?.At,
                $"totalSeconds is {Seconds(total)}, less than firstTokenSeconds {where}: {Seconds(firstToken)}. "
                + "No time is left to fail over.",
                "Raise totalSeconds, or lower firstTokenSeconds");
        }

        WarnOfLongLimit(attempts.Limits.Answer, total, "answerSeconds");
        WarnOfLongLimit(attempts.Limits.BetweenTokens, total, "betweenTokensSeconds");
        if (rules.Retry.MaxBackoff < rules.Retry.Backoff)
        {
            Error(
                attempts.Retry.MaxBackoff?.At ?? attempts.Retry.Backoff?.At,
                $"maxBackoffSeconds is {Seconds(rules.Retry.MaxBackoff)}, less than backoffSeconds {where}: {Seconds(rules.Retry.Backoff)}.",
                "Raise maxBackoffSeconds, or lower backoffSeconds");
        }

        if (requests.Hedge.Resolve() is { } hedge && hedge.MinDelay >= firstToken)
        {
            Warn(
                requests.Hedge.MinDelay?.At ?? requests.Hedge.IsOn?.At,
                $"A second attempt would start after {Seconds(hedge.MinDelay)}; firstTokenSeconds {where} is {Seconds(firstToken)}, "
                + "and the first attempt is over by then.",
                "Lower minDelaySeconds, or raise firstTokenSeconds");
        }
    }

    private void WarnOfLongLimit(Setting<TimeSpan>? limit, TimeSpan total, string name)
    {
        if (limit?.Value > total)
        {
            Warn(limit.Value.At, $"The request ends before: its totalSeconds is {Seconds(total)}.", $"Lower {name}, or raise totalSeconds");
        }
    }

    /// <summary>A limit that is the default of the product is nobody's mistake: one of the two was written.</summary>
    private void Error(Field? at, string message, string fix)
    {
        if (at is { } field && _reported.Add(field))
        {
            field.Error(message, fix);
        }
    }

    private void Warn(Field? at, string message, string fix)
    {
        if (at is { } field && _reported.Add(field))
        {
            field.Warning(message, fix);
        }
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
