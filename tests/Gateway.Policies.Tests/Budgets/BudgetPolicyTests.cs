using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;

namespace Gateway.Policies.Tests.Budgets;

public sealed class BudgetPolicyTests
{
    private static readonly BudgetCaller Ada = new()
    {
        Organization = "acme",
        Team = "search",
        Project = "ci",
        Key = "search-ci",
        User = "ada",
        Tags = ["night", "batch", "night"],
    };

    [Fact]
    public void LimitsFor_Caller_GivesThoseOfTheCallerInTheOrderOfTheFile()
    {
        var policy = new BudgetPolicy(
        [
            Limit("each-tag", BudgetScopeKind.Tag, null), Limit("user", BudgetScopeKind.User, "ada"), Limit("other-user", BudgetScopeKind.User, "Ada"),
            Limit("batch", BudgetScopeKind.Tag, "batch"), Limit("each-key", BudgetScopeKind.Key, null), Limit("team", BudgetScopeKind.Team, "search"),
            Limit("project", BudgetScopeKind.Project, "ci"), Limit("user-named-as-team", BudgetScopeKind.User, "search"),
            Limit("org", BudgetScopeKind.Organization, "acme"), Limit("team-again", BudgetScopeKind.Team, "search"),
        ]);

        Assert.Equal(
            [
                ("each-tag", "batch"), ("each-tag", "night"), ("user", "ada"), ("batch", "batch"), ("each-key", "search-ci"), ("team", "search"),
                ("project", "ci"), ("org", "acme"), ("team-again", "search"),
            ],
            policy.LimitsFor(Ada).Select(applied => (applied.Limit.Name, applied.ScopeValue)));
    }

    [Fact]
    public void LimitsFor_CallerWithoutAnything_GivesNone()
    {
        var policy = new BudgetPolicy([.. Enum.GetValues<BudgetScopeKind>().Select(kind => Limit(kind.ToString(), kind, null))]);

        Assert.Empty(policy.LimitsFor(new BudgetCaller()));
        Assert.Empty(BudgetPolicy.None.LimitsFor(Ada));
    }

    [Fact]
    public void LimitsFor_AnyLimitsAndCaller_IsWhatLookingAtEachLimitGives()
    {
        var values = Gen.Elements("a", "b", null);
        var limits = Gen.ArrayOf(from kind in Gen.Elements(Enum.GetValues<BudgetScopeKind>()) from value in values select (kind, value));
        var callers =
            from organization in values
            from team in values
            from key in values
            from user in values
            from tags in Gen.ArrayOf(Gen.Elements("a", "b", "c"))
            select new BudgetCaller { Organization = organization, Team = team, Key = key, User = user, Tags = [.. tags] };

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(limits.ToArbitrary(), callers.ToArbitrary(), (scopes, caller) =>
        {
            var policy = new BudgetPolicy([.. scopes.Select((scope, index) => Limit($"limit-{index}", scope.kind, scope.value))]);
            var expected =
                from limit in policy.Limits
                from value in ValuesOf(caller, limit.ScopeKind).Order(StringComparer.Ordinal)
                where limit.ScopeValue is null || limit.ScopeValue == value
                select new AppliedLimit(limit, value);
            Assert.Equal(expected, policy.LimitsFor(caller));
            Assert.Equal(policy.LimitsFor(caller), policy.LimitsFor(caller with { Tags = [.. caller.Tags.Reverse()] }));
        }));
    }

    [Fact]
    public void Constructor_FiscalMonthWithoutCalendar_Throws() => Assert.Throws<ArgumentException>(
        () => new BudgetPolicy([Limit("books", BudgetScopeKind.Team, "search") with { Period = BudgetPeriod.FiscalMonth }]));

    private static IEnumerable<string> ValuesOf(BudgetCaller caller, BudgetScopeKind kind) => kind switch
    {
        BudgetScopeKind.Organization => One(caller.Organization),
        BudgetScopeKind.Team => One(caller.Team),
        BudgetScopeKind.Project => One(caller.Project),
        BudgetScopeKind.Key => One(caller.Key),
        BudgetScopeKind.User => One(caller.User),
        _ => caller.Tags.Distinct(),
    };

    private static ImmutableArray<string> One(string? value) => value is null ? [] : [value];

    private static BudgetLimit Limit(string name, BudgetScopeKind kind, string? value) => new()
    {
        Name = name,
        ScopeKind = kind,
        ScopeValue = value,
        Measure = BudgetMeasure.Cost,
        Amount = 1,
        Period = BudgetPeriod.Day,
    };
}
