using System.Collections.Immutable;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Gateway.Policies.Tests.Loading;

/// <summary>
/// Any valid <c>failover.yaml</c> means what a plain model of the merge says: settings are a flat table, and the last section that has
/// one wins.
/// </summary>
public sealed class FailoverMergeTests
{
    private const string Providers = """
        providers:
          p1: { dialect: local, models: { a: { contextWindow: 9 } } }
          p2: { dialect: local, models: { a: { contextWindow: 9 }, b: { contextWindow: 9 } } }
          p3: { dialect: local, models: { x: { contextWindow: 9 }, y: { contextWindow: 9 }, z: { contextWindow: 9 } } }
        """;

    private const string Routes = """
        routes:
          r1: { candidates: [ p1/a, p2/a ] }
          r2: { candidates: [ p2/b ] }
          r3: { candidates: [ p3/z ] }
        """;

    private static readonly Dictionary<string, string[]> Candidates = new() { ["r1"] = ["p1/a", "p2/a"], ["r2"] = ["p2/b"], ["r3"] = ["p3/z"] };

    /// <summary>What holds when no section says otherwise, as the documents state it.</summary>
    private static readonly Dictionary<string, string> Usual = new()
    {
        ["totalSeconds"] = "3600",
        ["maxAttempts"] = "4",
        ["recovery"] = "continue",
        ["limits.firstTokenSeconds"] = "10",
        ["limits.answerSeconds"] = "120",
        ["limits.betweenTokensSeconds"] = "15",
        ["retry.times"] = "1",
        ["retry.backoffSeconds"] = "0.25",
        ["retry.maxBackoffSeconds"] = "4",
        ["retry.maxRetryAfterSeconds"] = "3",
        ["breaker.failureRatio"] = "0.5",
        ["breaker.minimumCalls"] = "5",
        ["breaker.windowSeconds"] = "30",
        ["breaker.openSeconds"] = "15",
        ["on.rate_limited"] = "retry",
        ["on.quota_exhausted"] = "fail_over",
        ["on.overloaded"] = "retry",
        ["on.server_error"] = "retry",
        ["on.unreachable"] = "retry",
        ["on.timeout"] = "fail_over",
        ["on.stalled"] = "fail_over",
        ["on.truncated"] = "fail_over",
        ["on.invalid_response"] = "fail_over",
        ["on.authentication"] = "fail_over",
        ["on.model_not_found"] = "fail_over",
        ["on.context_length"] = "fail_over",
        ["on.content_filter"] = "return",
        ["on.bad_request"] = "return",
        ["on.prefill_rejected"] = "fail_over",
    };

    private static readonly ImmutableArray<string> FallbackKinds = ["overloaded", "context_length", "timeout"];

    private static readonly Gen<Dictionary<string, Dictionary<string, string>>> Files =
        from defaults in Section(_ => true, ["p3/x", "p3/y", "r1", "r2", "r3"])
        from p1 in Section(IsOfAttempts, [])
        from p2 in Section(IsOfAttempts, [])
        from r1 in Section(key => !key.StartsWith("breaker.", StringComparison.Ordinal), ["p3/x", "p2/b", "r2", "r3"])
        from r2 in Section(key => !key.StartsWith("breaker.", StringComparison.Ordinal), ["p3/y", "p3/x", "r3"])
        from hasR2 in Gen.Elements(true, false)
        select new Dictionary<string, Dictionary<string, string>> { ["defaults"] = defaults, ["p1"] = p1, ["p2"] = p2, ["r1"] = r1, ["r2"] = hasR2 ? r2 : [] };

    [Fact]
    public void Load_AnyFile_ResolvesToWhatTheLastSectionSays()
    {
        using var folder = new PolicyFolder(Providers, Routes);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Files.ToArbitrary(), file =>
        {
            folder.Write("failover.yaml", Render(file));
            var failover = folder.LoadValid().Failover;

            foreach (var route in (string[])["r1", "r2", "r3", "p1/a"])
            {
                var fallbacks = FallbacksOf(file, route);
                CheckRequests(file, route, fallbacks, failover.ForRoute(route));
                var tried = Candidates.GetValueOrDefault(route, ["p1/a", "p2/a", "p3/x"]).Concat(fallbacks.Values.SelectMany(models => models));
                foreach (var provider in tried.Select(model => model.Split('/')[0]).Distinct())
                {
                    CheckAttempts(file, route, provider, failover.ForAttempt(route, provider));
                }
            }

            foreach (var provider in (string[])["p1", "p2", "p3"])
            {
                var breaker = failover.ForBreaker(provider);
                string[] sections = [provider, "defaults"];
                Assert.Equal(Last(file, sections, "breaker.failureRatio"), Text(breaker.FailureRatio));
                Assert.Equal(Last(file, sections, "breaker.minimumCalls"), Text(breaker.MinimumCalls));
                Assert.Equal(Last(file, sections, "breaker.windowSeconds"), Text(breaker.Window.TotalSeconds));
                Assert.Equal(Last(file, sections, "breaker.openSeconds"), Text(breaker.OpenFor.TotalSeconds));
            }
        }));
    }

    private static void CheckRequests(
        Dictionary<string, Dictionary<string, string>> file, string route, Dictionary<string, List<string>> fallbacks, RouteFailover actual)
    {
        string[] sections = [route, "defaults"];
        Assert.Equal(Last(file, sections, "totalSeconds"), Text(actual.TotalLimit.TotalSeconds));
        Assert.Equal(Last(file, sections, "maxAttempts"), Text(actual.MaxAttempts));
        Assert.Equal(Last(file, sections, "recovery"), actual.Recovery == RecoveryMode.Continue ? "continue" : "fail");
        var hedge = HedgeOf(file, route);
        Assert.Equal(hedge, actual.Hedge is { } policy ? (Text(policy.Quantile), Text(policy.MinDelay.TotalSeconds), Text(policy.MaxShare)) : null);
        Assert.Equal(
            fallbacks.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}: {string.Join(' ', entry.Value)}"),
            actual.Fallbacks
                .Select(entry => $"{FailureKindNames.Of(entry.Key)}: {string.Join(' ', entry.Value.Select(card => card.QualifiedName))}")
                .Order(StringComparer.Ordinal));
    }

    private static void CheckAttempts(Dictionary<string, Dictionary<string, string>> file, string route, string provider, AttemptRules actual)
    {
        string[] sections = [route, provider, "defaults"];
        Assert.Equal(Last(file, sections, "limits.firstTokenSeconds"), Text(actual.FirstTokenLimitOf(isLast: false).TotalSeconds));
        Assert.Equal(Last(file, sections, "limits.answerSeconds"), Text(actual.AnswerLimitOf(isLast: false).TotalSeconds));
        Assert.Equal(Last(file, sections, "limits.betweenTokensSeconds"), Text(actual.BetweenTokensLimit.TotalSeconds));
        Assert.Equal(Last(file, sections, "retry.times"), Text(actual.Retry.Times));
        Assert.Equal(Last(file, sections, "retry.backoffSeconds"), Text(actual.Retry.Backoff.TotalSeconds));
        Assert.Equal(Last(file, sections, "retry.maxBackoffSeconds"), Text(actual.Retry.MaxBackoff.TotalSeconds));
        Assert.Equal(Last(file, sections, "retry.maxRetryAfterSeconds"), Text(actual.Retry.MaxRetryAfter.TotalSeconds));
        foreach (var kind in Enum.GetValues<FailureKind>())
        {
            var action = actual.ActionFor(kind) switch { FailureAction.Retry => "retry", FailureAction.FailOver => "fail_over", _ => "return" };
            Assert.Equal(Last(file, sections, $"on.{FailureKindNames.Of(kind)}"), action);
        }
    }

    private static string Last(Dictionary<string, Dictionary<string, string>> file, string[] sections, string key) =>
        sections.Select(section => file.GetValueOrDefault(section, []).GetValueOrDefault(key)).FirstOrDefault(value => value is not null) ?? Usual[key];

    /// <summary>From below to above: off takes away what was there, a mapping changes what it names of it, or of the usual.</summary>
    private static (string Quantile, string MinDelay, string MaxShare)? HedgeOf(Dictionary<string, Dictionary<string, string>> file, string route)
    {
        (string Quantile, string MinDelay, string MaxShare)? hedge = null;
        foreach (var section in (Dictionary<string, string>[])[file["defaults"], file.GetValueOrDefault(route, [])])
        {
            if (section.GetValueOrDefault("hedge") == "off")
            {
                hedge = null;
            }
            else if (section.Keys.Any(key => key.StartsWith("hedge.", StringComparison.Ordinal)))
            {
                var (quantile, minDelay, maxShare) = hedge ?? ("0.95", "0.5", "0.08");
                hedge = (
                    section.GetValueOrDefault("hedge.quantile", quantile),
                    section.GetValueOrDefault("hedge.minDelaySeconds", minDelay),
                    section.GetValueOrDefault("hedge.maxShare", maxShare));
            }
        }

        return hedge;
    }

    private static Dictionary<string, List<string>> FallbacksOf(Dictionary<string, Dictionary<string, string>> file, string route)
    {
        var all = new Dictionary<string, List<string>>();
        foreach (var kind in FallbackKinds)
        {
            var list = file.GetValueOrDefault(route, []).GetValueOrDefault($"fallbacks.{kind}") ?? file["defaults"].GetValueOrDefault($"fallbacks.{kind}");
            if (list is not null)
            {
                all[kind] = [.. Expand(list).Distinct()];
            }

            IEnumerable<string> Expand(string names) => names.Trim('[', ']', ' ').Split(", ").SelectMany(name => name.Contains('/', StringComparison.Ordinal)
                ? [name]
                : Candidates[name].Concat(file.GetValueOrDefault(name, []).TryGetValue($"fallbacks.{kind}", out var next) ? Expand(next) : []));
        }

        return all;
    }

    private static bool IsOfAttempts(string key) => key.Split('.')[0] is "limits" or "retry" or "on" or "breaker";

    private static Gen<Dictionary<string, string>> Section(Func<string, bool> isAllowed, string[] fallbacks)
    {
        var keys = Usual.Keys
            .Concat(["hedge", "hedge.quantile", "hedge.minDelaySeconds", "hedge.maxShare"])
            .Where(isAllowed)
            .Select(key => Sometimes(key, ValueOf(key)));
        var lists = fallbacks.Length == 0 ? [] : FallbackKinds.Select(kind => Sometimes(
            $"fallbacks.{kind}",
            from names in Gen.Shuffle(fallbacks) from count in Gen.Choose(1, fallbacks.Length) select $"[ {string.Join(", ", names.Take(count))} ]"));
        return Gen.CollectToArray(keys.Concat(lists)).Select(settings =>
        {
            var section = settings.Where(setting => setting.Value.Length > 0).ToDictionary();
            foreach (var key in section.ContainsKey("hedge") ? section.Keys.Where(key => key.StartsWith("hedge.", StringComparison.Ordinal)).ToList() : [])
            {
                section.Remove(key);
            }

            return section;
        });
    }

    private static Gen<KeyValuePair<string, string>> Sometimes(string key, Gen<string> values) =>
        from isThere in Gen.Choose(0, key == "hedge" ? 4 : 2)
        from value in values
        select KeyValuePair.Create(key, isThere == 0 ? value : "");

    private static Gen<string> ValueOf(string key) => key switch
    {
        "totalSeconds" => Thousandths(100_000, 3_600_000),
        "maxAttempts" => Gen.Choose(1, 20).Select(value => Text(value)),
        "recovery" => Gen.Elements("continue", "fail"),
        "retry.times" => Gen.Choose(0, 5).Select(value => Text(value)),
        "retry.backoffSeconds" => Thousandths(1, 999),
        "retry.maxBackoffSeconds" => Thousandths(1000, 100_000),
        "retry.maxRetryAfterSeconds" => Thousandths(0, 3_600_000),
        "breaker.failureRatio" or "hedge.maxShare" => Thousandths(1, 1000),
        "breaker.minimumCalls" => Gen.Choose(2, 1000).Select(value => Text(value)),
        "breaker.windowSeconds" or "breaker.openSeconds" => Thousandths(500, 3_600_000),
        "hedge" => Gen.Constant("off"),
        "hedge.quantile" => Thousandths(500, 999),
        "hedge.minDelaySeconds" => Thousandths(1, 3_600_000),
        _ when key.StartsWith("on.", StringComparison.Ordinal) => Gen.Elements("retry", "fail_over", "return"),
        _ => Thousandths(1, 100_000),
    };

    private static Gen<string> Thousandths(int from, int to) => Gen.Choose(from, to).Select(value => Text(value / 1000.0));

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Render(Dictionary<string, Dictionary<string, string>> file) => $$"""
        routes: { r1: {{Render(file["r1"])}}{{(file["r2"].Count == 0 ? "" : $", r2: {Render(file["r2"])}")}} }
        providers: { p1: {{Render(file["p1"])}}, p2: {{Render(file["p2"])}} }
        defaults: {{Render(file["defaults"])}}
        """;

    private static string Render(Dictionary<string, string> section)
    {
        var groups = section.GroupBy(setting => setting.Key.Split('.')[0]).Select(group => group.First().Key.Contains('.', StringComparison.Ordinal)
            ? $"{group.Key}: {{ {string.Join(", ", group.Select(setting => $"{setting.Key.Split('.')[1]}: {setting.Value}"))} }}"
            : $"{group.Key}: {group.First().Value}");
        return $"{{ {string.Join(", ", groups)} }}";
    }
}
