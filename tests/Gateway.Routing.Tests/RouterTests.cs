using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests;

public sealed class RouterTests : IDisposable
{
    private const string Sha256 = "b33bd192aa6735ef90b3d930ea175fa9a3ad96746859dd39dcd4d11bf36ef5f1";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-routing-").FullName;

    [Theory]
    [InlineData("auto", "auto", "b/small,a/small,a/org/big:1")]
    [InlineData("a/small", "a/small", "a/small")]
    [InlineData("a/org/big:1", "a/org/big:1", "a/org/big:1")]
    [InlineData("small", "small", "a/small,b/small")]
    [InlineData("org/big:1", "org/big:1", "a/org/big:1")]
    [InlineData("shadow", "shadow", "a/small")]
    [InlineData("b/shadow", "b/shadow", "b/shadow")]
    public void Plan_KnownName_GivesItsCandidatesInOrder(string name, string route, string candidates)
    {
        var decision = Plan(Policies(), name);
        Assert.True(decision.HasPlan);
        Assert.Equal(RoutingRefusal.None, decision.Refusal);
        Assert.Equal(route, decision.Plan.Route);
        Assert.Equal(candidates.Split(','), decision.Plan.Candidates.Select(model => model.QualifiedName));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("AUTO")]
    [InlineData("a")]
    [InlineData("a/")]
    [InlineData("/small")]
    [InlineData("c/small")]
    [InlineData("big:1")]
    [InlineData("auto ")]
    [InlineData("")]
    public void Plan_UnknownName_IsUnknownModel(string name)
    {
        var decision = Plan(Policies(), name);
        Assert.False(decision.HasPlan);
        Assert.Equal(RoutingRefusal.UnknownModel, decision.Refusal);
    }

    [Theory]
    [InlineData("auto", "auto", "b/small,a/small,a/org/big:1")]
    [InlineData("auto", "small", null)]
    [InlineData("auto", "shadow", null)]
    [InlineData("small", "small", "a/small,b/small")]
    [InlineData("small", "a/small", "a/small")]
    [InlineData("small", "auto", null)]
    [InlineData("small", "org/big:1", null)]
    [InlineData("b/small", "small", "b/small")]
    [InlineData("b/small", "b/small", "b/small")]
    [InlineData("b/small", "a/small", null)]
    public void Plan_KeyWithModels_GivesWhatItCovers(string covered, string name, string? candidates)
    {
        var policies = Policies($"keys: [ {{ id: k, sha256: {Sha256}, models: [ {covered} ] }} ]");
        var decision = Plan(policies, name, policies.Keys.All.Single());
        Assert.Equal(candidates?.Split(','), decision.Plan?.Candidates.Select(model => model.QualifiedName));
        Assert.Equal(candidates is null ? RoutingRefusal.NotAllowed : RoutingRefusal.None, decision.Refusal);
    }

    [Fact]
    public void Plan_KeyWithoutModels_GivesEverything()
    {
        var policies = Policies($"keys: [ {{ id: k, sha256: {Sha256} }} ]");
        Assert.All(new[] { "auto", "small", "a/org/big:1" }, name => Assert.True(Plan(policies, name, policies.Keys.All.Single()).HasPlan));
    }

    [Fact]
    public void Plan_UnknownNameAndKey_TellsAnUnknownModelFromAForbiddenOne()
    {
        var policies = Policies($"keys: [ {{ id: k, sha256: {Sha256}, models: [ auto ] }} ]");
        Assert.Equal(RoutingRefusal.UnknownModel, Plan(policies, "none", policies.Keys.All.Single()).Refusal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static RoutingDecision Plan(PolicySnapshot policies, string name, VirtualKey? key = null) =>
        Router.Plan(new RoutingRequest(policies, name, key, new RequestProfile(), ObservationView.Empty, 0, DateTimeOffset.UnixEpoch));

    private PolicySnapshot Policies(string? keys = null)
    {
        Write("providers.yaml", """
            providers:
              a: { dialect: openai, baseUrl: "http://localhost:1/v1", models: { small: { contextWindow: 1 }, "org/big:1": { contextWindow: 1 } } }
              b: { dialect: openai, baseUrl: "http://localhost:2/v1", models: { small: { contextWindow: 1 }, shadow: { contextWindow: 1 } } }
            """);
        Write("routes.yaml", """
            routes:
              auto: { candidates: [ b/small, a/small, "a/org/big:1" ] }
              shadow: { candidates: [ a/small ] }
            """);
        if (keys is not null)
        {
            Write("keys.yaml", keys);
        }

        var result = PolicyLoader.Load(_folder, new ProcessEnvironment(), TimeProvider.System);
        Assert.Empty(result.Errors);
        return result.Snapshot!;
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder, name), content);
}
