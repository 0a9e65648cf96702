namespace Gateway.Policies.Tests.Validation;

public sealed class BudgetsErrorTests
{
    private const string Good = "a: { team: search, usd: 5, per: day }";

    [Theory]
    [InlineData("timezone: UTC", "timezone", "The key 'timezone' is not known here.", "Did you mean 'timeZone'?")]
    [InlineData("timeZone: Europe/Berln", "timeZone", "'Europe/Berln' is no time zone.", "Did you mean 'Europe/Berlin'?")]
    [InlineData("timeZone: europe/berlin", "timeZone", "is no time zone.", "Did you mean 'Europe/Berlin'?")]
    [InlineData("timeZone: W. Europe Standard Time", "timeZone", "is no time zone.", "Did you mean 'Europe/Berlin'?")]
    [InlineData("timeZone: EST", "timeZone", "'EST' is no time zone.", "IANA name such as Europe/Berlin, or UTC")]
    [InlineData("timeZone: +01:00", "timeZone", "'+01:00' is no time zone.", "IANA name such as Europe/Berlin, or UTC")]
    [InlineData("timeZone: right/Europe/Berlin", "timeZone", "is no time zone.", "Europe/Berlin")]
    [InlineData("timeZone: ../../etc/passwd", "timeZone", "is no time zone.", "IANA name such as Europe/Berlin, or UTC")]
    [InlineData("timeZone: Europe/../Europe/Berlin", "timeZone", "is no time zone.", "IANA name")]
    [InlineData("timeZone: [ UTC ]", "timeZone", "Here stands a list, where a single value belongs.", "Write one value")]
    [InlineData("fiscal: 4-4-5", "fiscal", "Here stands a single value, where a mapping belongs.", "'name: value'")]
    [InlineData("fiscal: {}", "fiscal", "Nothing says when fiscal months begin.", "{ monthStartsOn: 15 }, or { calendar: 4-4-5, yearStart: 2026-02-01 }")]
    [InlineData("fiscal: { monthStartsOn: 0 }", "fiscal.monthStartsOn", "'0' is out of range.", "from 1 to 31")]
    [InlineData("fiscal: { monthStartsOn: 32 }", "fiscal.monthStartsOn", "'32' is out of range.", "from 1 to 31")]
    [InlineData("fiscal: { monthStartsOn: 15, calendar: 4-4-5 }", "fiscal.calendar", "or are of whole weeks, not both.", "remove monthStartsOn")]
    [InlineData("fiscal: { monthStartsOn: 15, yearStart: 2026-02-01 }", "fiscal.yearStart", "not both.", "Remove this key")]
    [InlineData("fiscal: { calendar: 445, yearStart: 2026-02-01 }", "fiscal.calendar", "'445' is not known.", "Choose from 4-4-5, 4-5-4, 5-4-4")]
    [InlineData("fiscal: { calendar: 4-4-5 }", "fiscal.yearStart", "The setting is missing.", "first day of any fiscal year")]
    [InlineData("fiscal: { calendar: 4-4-5, yearStart: 2026-02-29 }", "fiscal.yearStart", "'2026-02-29' is no such date.", "such as 2026-02-01")]
    [InlineData("fiscal: { calendar: 4-4-5, yearStart: 1.2.2026 }", "fiscal.yearStart", "'1.2.2026' is no such date.", "such as 2026-02-01")]
    [InlineData("fiscal: { calendar: 4-4-5, yearStart: 1969-12-28 }", "fiscal.yearStart", "is no such date.", "such as 2026-02-01")]
    [InlineData("fiscal: { calendar: 4-4-5, yearStart: 2032-02-29 }", "fiscal.yearStart", "Most years have no 29 February", "Add yearStartNear")]
    [InlineData("fiscal: { calendar: 4-4-5, yearStart: 2026-02-01, yearStartNear: 02-29 }", "fiscal.yearStartNear", "'02-29' is no such date.", "not 02-29")]
    [InlineData("fiscal: { calendar: 4-4-5, yearStart: 2026-02-01, yearStartNear: 02-05 }", "fiscal.yearStartNear", "more than 3 days", "at most 3 days")]
    [InlineData("webhooks: { f: { url: mailto:a@b.c } }", "webhooks.f.url", "This is no http URL.", "https://host/path")]
    [InlineData("webhooks: { f: { url: https://u:p@host/ } }", "webhooks.f.url", "holds a user, a password or a fragment.", "'secret' signs")]
    [InlineData("webhooks: { f: { secret: \"${S}\" } }", "webhooks.f.url", "The setting is missing.", "https://host/path")]
    [InlineData(
        "webhooks: { f: { url: https://host/, secret: abc } }",
        "webhooks.f.secret", "secrets are never written in policy files.", "${F_WEBHOOK_SECRET}")]
    [InlineData("webhooks: { f: { url: https://host/, secret: \"${T}\" } }", "webhooks.f.secret", "The environment variable T is not set", "Set T")]
    [InlineData("webhooks: { f: { url: https://host/, secret: \"${LINES}\" } }", "webhooks.f.secret", "line breaks", "without a line break at its end")]
    [InlineData("webhooks: { f: { url: https://host/, secret: \"${HALF}\" } }", "webhooks.f.secret", "what follows is no base64", "with the '=' at its end")]
    [InlineData("webhooks: { f: { url: https://host/, secret: \"${BARE}\" } }", "webhooks.f.secret", "what follows is no base64", "with the '=' at its end")]
    [InlineData("webhooks: { f: { ulr: https://host/, url: https://host/ } }", "webhooks.f.ulr", "is not known here.", "Did you mean 'url'?")]
    [InlineData("webhooks: { a b: { url: https://host/ } }", "webhooks.a b", "'a b' cannot name a webhook.", "letters, digits")]
    public void Load_OneWrongSettingOfTheFile_NamesLineKeyAndFix(string setting, string key, string message, string fix) =>
        AssertSingleError($"budgets: {{ {Good} }}\n{setting}\n", key, message, fix);

    [Theory]
    [InlineData(
        "usd: 5, per: day",
        "", "The limit does not say whom it is for.", "Add one of organization, team, project, key, user, tag, such as team: search")]
    [InlineData("team: search, project: p, usd: 5, per: day", ".project", "'team' says whom it is for already.", "write a second limit for the other")]
    [InlineData("team: [ a, b ], usd: 5, per: day", ".team", "where a single value belongs.", "Write one value")]
    [InlineData(
        "team: search, per: day",
        "", "The limit does not say what it counts.", "Add one of usd, tokens, inputTokens, outputTokens, requests, concurrency")]
    [InlineData("team: search, usd: 5, tokens: 10, per: day", ".tokens", "'usd' says what it counts already.", "write a second limit")]
    [InlineData("team: search, usd: 5", ".per", "The setting is missing.", "Write one of minute, hour, day, week, month, fiscal_month, lifetime")]
    [InlineData("team: search, usd: 5, per: fiscalMonth", ".per", "'fiscalMonth' is not known.", "Did you mean 'fiscal_month'?")]
    [InlineData("team: search, usd: 5, per: fiscal_month", ".per", "Nothing says what a fiscal month is.", "Add 'fiscal: { monthStartsOn: 15 }'")]
    [InlineData("team: search, usd: 5, per: day, hart: true", ".hart", "The key 'hart' is not known here.", "Did you mean 'hard'?")]
    [InlineData("team: search, usd: 5, per: day, hard: yes", ".hard", "'yes' is neither true nor false.", "Write true or false")]
    [InlineData("team: search, usd: 0, per: day", ".usd", "'0' is out of range.", "above 0, up to 9000000")]
    [InlineData("team: search, usd: 9000000.000000001, per: day", ".usd", "is out of range.", "up to 9000000")]
    [InlineData("team: search, usd: 0.0000000001, per: day", ".usd", "'0.0000000001' has more than 9 decimals.", "at most 9 decimals")]
    [InlineData("team: search, usd: -5, per: day", ".usd", "'-5' is no amount of dollars.", "such as 500")]
    [InlineData("team: search, usd: 5e3, per: day", ".usd", "'5e3' is no amount of dollars.", "such as 500")]
    [InlineData("team: search, usd: $5, per: day", ".usd", "'$5' is no amount of dollars.", "such as 500")]
    [InlineData("team: search, usd: '5', per: day", ".usd", "'5' in quotes is text, not a number.", "without quotes")]
    [InlineData("team: search, tokens: 0, per: day", ".tokens", "'0' is out of range.", "from 1 to 9000000000000000")]
    [InlineData("team: search, tokens: 9000000000000001, per: day", ".tokens", "is out of range.", "from 1 to 9000000000000000")]
    [InlineData("team: search, requests: 1.5, per: day", ".requests", "'1.5' is no whole number.", "from 1 to")]
    [InlineData("team: search, concurrency: 1000001", ".concurrency", "'1000001' is out of range.", "from 1 to 1000000")]
    [InlineData("team: search, concurrency: 5, per: day", ".per", "it is in no period", "Remove the key, or count requests instead")]
    [InlineData("team: search, concurrency: 5, thresholds: [ 1 ]", ".thresholds", "sums up to nothing", "Remove the key")]
    [InlineData("team: search, concurrency: 5, hard: false", ".hard", "refuses nothing does nothing.", "Remove hard")]
    [InlineData("team: search, concurrency: 5, hold: worst", ".hold", "is known before it runs.", "Remove hold")]
    [InlineData("team: search, requests: 5, per: day, hold: expected", ".hold", "is known before it runs.", "Remove hold")]
    [InlineData("team: search, usd: 5, per: day, hold: most", ".hold", "'most' is not known.", "Choose from worst, expected")]
    [InlineData("team: search, usd: 5, per: lifetime, timeZone: UTC", ".timeZone", "A lifetime has no beginning", "Remove timeZone")]
    [InlineData("team: search, usd: 5, per: day, timeZone: Mars/Base", ".timeZone", "'Mars/Base' is no time zone.", "IANA name")]
    [InlineData("team: search, usd: 5, per: day, thresholds: 0.8", ".thresholds", "where a list belongs", "Write [ one, two ]")]
    [InlineData("team: search, usd: 5, per: day, thresholds: [ 0 ]", ".thresholds[0]", "'0' is out of range.", "above 0, up to 1")]
    [InlineData("team: search, usd: 5, per: day, thresholds: [ 80 ]", ".thresholds[0]", "'80' is out of range.", "such as 0.8")]
    [InlineData("team: search, usd: 5, per: day, thresholds: [ 0.8, 1, 0.80 ]", ".thresholds[2]", "listed a second time.", "Remove it")]
    [InlineData("team: search, usd: 5, per: day, thresholds: [], hard: false", ".thresholds", "only alerts does nothing.", "remove hard: false")]
    [InlineData("team: search, usd: 5, per: day, thresholds: [], notify: []", ".notify", "nothing to notify of.", "Add thresholds")]
    [InlineData("team: search, usd: 5, per: day, notify: [ finanse ]", ".notify[0]", "'finanse' is no webhook of this file.", "Did you mean 'finance'?")]
    [InlineData(
        "team: search, usd: 5, per: day, notify: [ elsewhere ]",
        ".notify[0]", "'elsewhere' is no webhook of this file.", "webhooks: { elsewhere: { url:")]
    [InlineData("team: search, usd: 5, per: day, notify: [ finance, finance ]", ".notify[1]", "is listed a second time.", "Remove it")]
    [InlineData("team: search, usd: 5, per: day, onStoreDown: grace", ".onStoreDown", "'grace' is neither 'deny' nor a mapping.", "{ grace: AMOUNT }")]
    [InlineData("team: search, usd: 5, per: day, onStoreDown: {}", ".onStoreDown.grace", "The setting is missing.", "each gateway process")]
    [InlineData("team: search, usd: 5, per: day, onStoreDown: { grace: 5.1 }", ".onStoreDown.grace", "more than the limit itself.", "at most as much")]
    [InlineData("team: search, tokens: 5, per: day, onStoreDown: { grace: 0.5 }", ".onStoreDown.grace", "'0.5' is no whole number.", "from 1 to")]
    [InlineData("team: search, usd: 5, per: day, onStoreDown: { grase: 1, grace: 1 }", ".onStoreDown.grase", "is not known here.", "Did you mean 'grace'?")]
    public void Load_OneWrongSettingOfALimit_NamesLineKeyAndFix(string limit, string key, string message, string fix) => AssertSingleError(
        $"budgets: {{ x: {{ {limit} }} }}\nwebhooks: {{ finance: {{ url: https://host/ }} }}\n", $"budgets.x{key}", message, fix);

    [Theory]
    [InlineData("b: { team: search, usd: 9, per: day }", "'a' limits the same already")]
    [InlineData("b: { team: search, usd: 9, per: day, timeZone: UTC, hard: true }", "'a' limits the same already")]
    [InlineData("c d: { team: search, usd: 9, per: week }", "'c d' cannot name a limit.")]
    [InlineData("a: { team: search, usd: 9, per: week }", "The key is here a second time.")]
    public void Load_SecondLimitInTheWayOfTheFirst_IsAnError(string second, string message) =>
        AssertSingleError($"budgets: {{ {Good}, {second} }}\n", $"budgets.{second.Split(':')[0]}", message, "");

    [Theory]
    [InlineData("b: { team: search, usd: 9, per: day, hard: false }")]
    [InlineData("b: { team: search, tokens: 9, per: day }")]
    [InlineData("b: { team: search, usd: 9, per: week }")]
    [InlineData("b: { team: search, usd: 9, per: day, timeZone: Asia/Tokyo }")]
    [InlineData("b: { team: \"*\", usd: 9, per: day }")]
    [InlineData("b: { team: search, usd: 9, per: week, hard: false }, c: { team: search, usd: 10, per: week, hard: false }")]
    public void Load_SecondLimitBesideTheFirst_IsNone(string second)
    {
        using var folder = new PolicyFolder();
        folder.Write("budgets.yaml", $"budgets: {{ {Good}, {second} }}");

        Assert.Empty(folder.Load().Errors);
    }

    [Fact]
    public void Load_SeveralErrors_GivesAllOfThemAtOnce()
    {
        using var folder = new PolicyFolder();
        folder.Write("budgets.yaml", """
            timeZone: Mars/Base
            fiscal: { monthStartsOn: 99 }
            webhooks:
              finance: { url: none }
            budgets:
              one: { team: search, usd: 5, per: fiscal_month, notify: [ finance ] }
              two: { usd: none, per: never, hard: 1 }
            """);

        Assert.Equal(
            [(1, 11), (2, 26), (4, 19), (7, 8), (7, 15), (7, 26), (7, 39)],
            folder.Load().Errors.Select(error => (error.Line, error.Column)));
    }

    [Theory]
    [InlineData("webhooks: {}\n", "The setting is missing.")]
    [InlineData("budgets: [ a ]\n", "Here stands a list, where a mapping belongs.")]
    [InlineData("budgets: { a: 5 }\n", "Here stands a single value, where a mapping belongs.")]
    public void Load_WrongShape_IsAnError(string text, string message)
    {
        using var folder = new PolicyFolder();
        folder.Write("budgets.yaml", text);

        Assert.Contains(message, folder.LoadSingleError().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("team: serch", "team 'serch'", "Did you mean 'search'?")]
    [InlineData("key: ci", "id 'ci'", "\"*\" for a counter of each key")]
    [InlineData("organization: search", "organization 'search'", "Write the organization of a key")]
    public void Load_LimitForNobody_Warns(string scope, string who, string fix)
    {
        using var folder = new PolicyFolder(keys: $"keys: [ {{ id: search-ci, team: search, organization: acme, sha256: {new string('0', 64)} }} ]");
        folder.Write("budgets.yaml", $"budgets: {{ a: {{ {scope}, usd: 5, per: day }} }}");

        var warning = folder.Load().Warnings[^1];

        Assert.Equal((1, $"budgets.a.{scope.Split(':')[0]}"), (warning.Line, warning.Key));
        Assert.Contains($"No key of keys.yaml has the {who}", warning.Message, StringComparison.Ordinal);
        Assert.Contains(fix, warning.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WebhookThatNothingNotifies_Warns()
    {
        using var folder = new PolicyFolder();
        folder.Write("budgets.yaml", "webhooks: { finance: { url: https://host/ } }\nbudgets:\n");

        Assert.Equal(["webhooks.finance"], folder.Load().Warnings.Select(warning => warning.Key));
    }

    [Theory]
    [InlineData("url: hunter2")]
    [InlineData("url: \"ftp://hunter2/${S}\"")]
    [InlineData("url: https://hunter2@host/")]
    [InlineData("url: https://host/, secret: hunter2")]
    [InlineData("url: \"${HUNTED}\"")]
    public void Load_SecretOfAWebhookInAWrongPlace_IsNotInTheErrors(string settings)
    {
        using var folder = new PolicyFolder();
        folder.Environment["S"] = "hunter2";
        folder.Environment["HUNTED"] = "hunter2";
        folder.Write("budgets.yaml", $"webhooks: {{ f: {{ {settings} }} }}\nbudgets:\n");

        Assert.DoesNotContain("hunter2", folder.LoadSingleError().ToString(), StringComparison.Ordinal);
    }

    private static void AssertSingleError(string text, string key, string message, string fix)
    {
        using var folder = new PolicyFolder();
        folder.Environment["S"] = "secret";
        folder.Environment["LINES"] = "secret\n";
        folder.Environment["HALF"] = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ";
        folder.Environment["BARE"] = "whsec_";
        folder.Write("budgets.yaml", text);

        var error = folder.LoadSingleError();

        Assert.Equal(folder.PathOf("budgets.yaml"), error.File);
        Assert.Equal(key, error.Key);
        Assert.True(error.Line is 1 or 2 && error.Column >= 1);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }
}
