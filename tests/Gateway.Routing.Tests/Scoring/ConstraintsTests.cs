using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Scoring;

public sealed class ConstraintsTests
{
    private const ModelCapabilities Tools = ModelCapabilities.Tools;

    [Fact]
    public void Plan_CandidateLacksACapability_IsLeftOutAndSaysWhich()
    {
        var scene = new Scene
        {
            Models = [Scene.Model("a/1", capabilities: Tools), Scene.Model("a/2"), Scene.Model("a/3", capabilities: Tools | ModelCapabilities.JsonSchema)],
            Strategy = RoutingStrategy.Ordered,
            Profile = Scene.Prompt(10, Tools | ModelCapabilities.JsonSchema),
        };

        var plan = scene.Plan();

        Assert.Equal("a/3", scene.Order());
        Assert.Equal(RoutingReason.Only, plan.Reason);
        Assert.Equal(["a/3", "a/1", "a/2"], plan.Scores.Select(score => score.Model.QualifiedName));
        Assert.Equal([null, "lacks json_schema", "lacks tools, json_schema"], plan.Scores.Select(score => score.ExclusionDetail));
        Assert.Equal([Exclusion.None, Exclusion.MissingCapability, Exclusion.MissingCapability], plan.Scores.Select(score => score.Exclusion));
    }

    [Fact]
    public void Plan_EveryCandidateLacksSomething_IsRefusedWithTheReasons()
    {
        var decision = new Scene { Models = [Scene.Model("a/1"), Scene.Model("a/2", window: 5)], Profile = Scene.Prompt(10, Tools) }.Decide();

        Assert.Equal(RoutingRefusal.NoCandidate, decision.Refusal);
        Assert.False(decision.HasPlan);
        Assert.All(decision.Scores, score => Assert.Equal("lacks tools", score.ExclusionDetail));
    }

    [Theory]
    [InlineData(100, null, true)]
    [InlineData(99, null, false)]
    [InlineData(90, 10, false)]
    [InlineData(90, 11, true)]
    public void Plan_PromptAndAnswerOverTheWindow_AreLeftOut(int prompt, int? answer, bool isExcluded)
    {
        var scene = new Scene
        {
            Models = [Scene.Model("a/1", window: 100), Scene.Model("a/2")],
            Strategy = RoutingStrategy.Ordered,
            Profile = Scene.Prompt(prompt, maxOutput: answer),
        };

        Assert.Equal(isExcluded ? "a/2" : "a/1 a/2", scene.Order());
        Assert.Equal(
            isExcluded ? $"about {prompt} tokens of prompt and {answer ?? 1} of answer; the window has 100" : null,
            scene.Plan().Scores.Single(score => score.Model.Name == "1").ExclusionDetail);
    }

    [Fact]
    public void Plan_AnswerOverTheModelsOwnLimit_ExcludesNobody()
    {
        var small = Scene.Model("a/1", window: 1000) with { MaxOutputTokens = 50 };

        var scene = new Scene { Models = [small, Scene.Model("a/2")], Strategy = RoutingStrategy.Ordered, Profile = Scene.Prompt(900, maxOutput: 5000) };

        Assert.Equal("a/1 a/2", scene.Order());
    }

    [Fact]
    public void Plan_ModelReportsMoreTokensThanEstimated_CountsThemSo()
    {
        var scene = new Scene
        {
            Models = [Scene.Model("a/1", window: 1000), Scene.Model("a/2")],
            Strategy = RoutingStrategy.Ordered,
            Profile = Scene.Prompt(900),
            Observed = { ["a/1"] = new ModelObservation { Calls = 95, ErrorRate = 0, TokenRatio = 1.4 } },
        };

        Assert.Equal("a/2", scene.Order());
        Assert.Equal(1242, scene.Explain("a/1").PromptTokens);
    }

    [Fact]
    public void Plan_EveryCandidateIsTooSmallByEstimate_TriesTheLargest()
    {
        var scene = new Scene
        {
            Models = [Scene.Model("a/1", window: 100), Scene.Model("a/2", window: 300), Scene.Model("a/3", window: 300), Scene.Model("a/4", window: 900)],
            Profile = Scene.Prompt(1000),
        };

        Assert.Equal("a/4", scene.Order());
        Assert.True(scene.Plan().Scores[0] is { IsLastResort: true, Exclusion: Exclusion.ContextWindow });
        Assert.Equal("a/2", (scene with { Models = scene.Models[..3] }).Order());
    }

    [Fact]
    public void Plan_SomeLackACapabilityAndSomeAreTooSmall_TriesTheLargestThatHasIt()
    {
        var scene = new Scene
        {
            Models =
            [
                Scene.Model("a/1", window: 100, capabilities: Tools), Scene.Model("a/2", window: 900), Scene.Model("a/3", window: 200, capabilities: Tools),
            ],
            Profile = Scene.Prompt(1000, Tools),
        };

        Assert.Equal("a/3", scene.Order());
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("a/1")]
    [InlineData("1")]
    public void Plan_OnlyCandidate_IsTriedWhateverSpeaksAgainstIt(string name)
    {
        var lacking = new Scene { Models = [Scene.Model("a/1")], Name = name, Profile = Scene.Prompt(10, Tools) };
        var tooSmall = new Scene { Models = [Scene.Model("a/1", window: 5)], Name = name };

        Assert.Equal("a/1", lacking.Order());
        Assert.Equal("a/1", tooSmall.Order());
        Assert.Equal("lacks tools", lacking.Plan().Scores[0].ExclusionDetail);
        Assert.True(tooSmall.Plan().Scores[0].IsLastResort);
    }
}
