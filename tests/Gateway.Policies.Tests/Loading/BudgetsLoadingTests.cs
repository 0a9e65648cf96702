namespace Gateway.Policies.Tests.Loading;

public sealed class BudgetsLoadingTests
{
    /// <summary>Every setting there is.</summary>
    public const string Text = """
        timeZone: Europe/Berlin
        fiscal: { calendar: 4-4-5, yearStart: 2026-02-02, yearStartNear: 02-01 }
        webhooks:
          finance: { url: https://hooks.example/T0/token, secret: "${FINANCE_WEBHOOK_SECRET}" }
          ops: { url: "${OPS_URL}" }
        budgets:
          search-month:
            { team: search, usd: 500.000000001, per: month, hard: true, thresholds: [ 1, 0.5, 0.8 ], notify: [ finance, ops ], hold: worst, onStoreDown: deny }
          each-key-minute: { key: "*", requests: 60, per: minute }
          batch-day: { tag: batch, tokens: 10000000, per: day, hard: false, timeZone: America/New_York }
          books: { organization: acme, usd: 9000000, per: fiscal_month, hold: expected, onStoreDown: { grace: 12.5 } }
          ada: { user: ada, outputTokens: 1000, per: week, thresholds: [] }
          trial: { project: trial, inputTokens: 9000000000000000, per: lifetime }
          parallel: { team: search, concurrency: 8, onStoreDown: { grace: 2 } }
        """;

    [Fact]
    public void Load_EverySetting_IsInTheSnapshot()
    {
        using var folder = Folder(Text);

        var budgets = folder.LoadValid().Budgets;

        Assert.Equal(new FiscalWeeks(FiscalPattern.FourFourFive, DayOfWeek.Monday, 2, 1), budgets.FiscalCalendar);
        Assert.Equal(
            [("finance", "https://hooks.example/T0/token", "hmac-key"), ("ops", "http://ops.example/hook", null)],
            budgets.Webhooks.Select(webhook => (webhook.Name, webhook.Url.Reveal(), webhook.SigningKey?.Reveal())));
        Assert.Equal(
            [
                ("search-month", BudgetScopeKind.Team, "search", BudgetMeasure.Cost, 500_000_000_001, BudgetPeriod.Month, "Europe/Berlin", true),
                ("each-key-minute", BudgetScopeKind.Key, null, BudgetMeasure.Requests, 60, BudgetPeriod.Minute, "Europe/Berlin", true),
                ("batch-day", BudgetScopeKind.Tag, "batch", BudgetMeasure.Tokens, 10_000_000, BudgetPeriod.Day, "America/New_York", false),
                ("books", BudgetScopeKind.Organization, "acme", BudgetMeasure.Cost, BudgetLimit.MaxAmount, BudgetPeriod.FiscalMonth, "Europe/Berlin", true),
                ("ada", BudgetScopeKind.User, "ada", BudgetMeasure.OutputTokens, 1000, BudgetPeriod.Week, "Europe/Berlin", true),
                ("trial", BudgetScopeKind.Project, "trial", BudgetMeasure.InputTokens, BudgetLimit.MaxAmount, BudgetPeriod.Lifetime, "Europe/Berlin", true),
                ("parallel", BudgetScopeKind.Team, "search", BudgetMeasure.Concurrency, 8, BudgetPeriod.Lifetime, "Europe/Berlin", true),
            ],
            budgets.Limits.Select(limit =>
                (limit.Name, limit.ScopeKind, limit.ScopeValue, limit.Measure, limit.Amount, limit.Period, limit.TimeZone.Id, limit.IsHard)));
        Assert.Equal(
            [[0.5m, 0.8m, 1m], [1m], [1m], [1m], [], [1m], []],
            budgets.Limits.Select(limit => limit.Thresholds.ToArray()));
        Assert.Equal(["finance", "ops"], budgets.Limits[0].Notify);
        Assert.Equal(["books"], budgets.Limits.Where(limit => limit.Hold == BudgetHold.Expected).Select(limit => limit.Name));
        Assert.Equal(
            [
                (StoreDownAction.Deny, 0), (StoreDownAction.Deny, 0), (StoreDownAction.Grace, 10_000_000), (StoreDownAction.Grace, 12_500_000_000),
                (StoreDownAction.Deny, 0), (StoreDownAction.Deny, 0), (StoreDownAction.Grace, 2),
            ],
            budgets.Limits.Select(limit => (limit.OnStoreDown, limit.GraceAmount)));
    }

    [Theory]
    [InlineData("0.000000001", 1)]
    [InlineData("0.1", 100_000_000)]
    [InlineData("1.10", 1_100_000_000)]
    [InlineData("8999999.999999999", 8_999_999_999_999_999)]
    public void Load_Dollars_AreExactNanoDollars(string dollars, long nano)
    {
        using var folder = Folder($"budgets: {{ a: {{ user: ada, usd: {dollars}, per: day }} }}");

        Assert.Equal(nano, Assert.Single(folder.LoadValid().Budgets.Limits).Amount);
    }

    [Theory]
    [InlineData("monthStartsOn: 31", "from-31")]
    [InlineData("calendar: 5-4-4, yearStart: 2026-02-01", "5-4-4")]
    public void Load_FiscalCalendar_IsInTheSnapshot(string fiscal, string name)
    {
        using var folder = Folder($"fiscal: {{ {fiscal} }}\nbudgets:\n");

        Assert.Equal(name, folder.LoadValid().Budgets.FiscalCalendar?.Name);
    }

    [Fact]
    public void Load_YearThatBeginsInDecember_MayBeNearTheFirstOfJanuary()
    {
        using var folder = Folder("fiscal: { calendar: 4-4-5, yearStart: 2025-12-29, yearStartNear: 01-01 }\nbudgets:\n");

        Assert.Equal(new FiscalWeeks(FiscalPattern.FourFourFive, DayOfWeek.Monday, 1, 1), folder.LoadValid().Budgets.FiscalCalendar);
    }

    [Theory]
    [InlineData("budgets: {}")]
    [InlineData("fiscal:\nwebhooks:\nbudgets:\n")]
    public void Load_FileThatSaysNothing_HasNoLimits(string text)
    {
        using var folder = Folder(text);

        Assert.Empty(folder.LoadValid().Budgets.Limits);
    }

    [Fact]
    public void Load_NoFile_HasNoLimitsAndNoWarning()
    {
        using var folder = new PolicyFolder();

        Assert.Same(BudgetPolicy.None, folder.LoadValid().Budgets);
        Assert.Empty(folder.Load().Warnings);
    }

    [Fact]
    public void Load_LimitForTheDefaultOrganization_IsNoSlipOfThePen()
    {
        using var folder = Folder("budgets: { everyone: { organization: default, usd: 5, per: day } }");

        Assert.Empty(folder.Load().Warnings);
    }

    [Fact]
    public void Load_EditOfBudgets_ChangesTheContentHash()
    {
        using var folder = Folder("budgets: {}");
        var before = folder.LoadValid().ContentHash;
        folder.Write("budgets.yaml", "budgets: { a: { user: ada, usd: 1, per: day } }");

        Assert.NotEqual(before, folder.LoadValid().ContentHash);
        Assert.Equal("budgets.yaml", folder.Load().Files[^1]);
    }

    [Fact]
    public void ToString_OfAWebhook_ShowsNoSecret()
    {
        using var folder = Folder(Text);

        var webhook = folder.LoadValid().Budgets.Webhooks[0];

        Assert.All([webhook.ToString(), System.Text.Json.JsonSerializer.Serialize(webhook)], text =>
        {
            Assert.DoesNotContain("token", text, StringComparison.Ordinal);
            Assert.DoesNotContain("hmac-key", text, StringComparison.Ordinal);
        });
    }

    private static PolicyFolder Folder(string text)
    {
        var folder = new PolicyFolder();
        folder.Environment["FINANCE_WEBHOOK_SECRET"] = "hmac-key";
        folder.Environment["OPS_URL"] = "http://ops.example/hook";
        folder.Write("budgets.yaml", text);
        return folder;
    }
}
