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
    public void Plan_ChatRequest_NeverGoesToAnEmbeddingModel()
    {
        var embedder = Scene.Model("a/e", capabilities: ModelCapabilities.Embeddings) with { Kind = ModelKind.Embedding };
        Assert.Equal("a/1", new Scene { Models = [embedder, Scene.Model("a/1")], Strategy = RoutingStrategy.Ordered }.Order());

        // Nor when it is the only one, where a card may otherwise be mistaken.
        var decision = new Scene { Models = [embedder] }.Decide();
        Assert.Equal(RoutingRefusal.NoCandidate, decision.Refusal);
        Assert.Equal(
            (Exclusion.WrongKind, "is an embedding model, which generates no text: it serves /v1/embeddings"),
            (decision.Scores[0].Exclusion, decision.Scores[0].ExclusionDetail));
    }

    [Fact]
    public void Plan_EmbeddingsRequest_GoesToModelsThatEmbedAlone()
    {
        var needs = Scene.Prompt(10, ModelCapabilities.Embeddings, maxOutput: 0);
        var both = Scene.Model("a/b", capabilities: ModelCapabilities.Embeddings);
        Assert.Equal("a/b", new Scene { Models = [Scene.Model("a/1"), both], Strategy = RoutingStrategy.Ordered, Profile = needs }.Order());

        var decision = new Scene { Models = [Scene.Model("a/1")], Profile = needs }.Decide();
        Assert.Equal(RoutingRefusal.NoCandidate, decision.Refusal);
        Assert.Equal("is no embedding model: its card does not list embeddings", decision.Scores[0].ExclusionDetail);
    }

    [Fact]
    public void Plan_EmbeddingsRequest_NeverMixesTheVectorsOfTwoModels()
    {
        const ModelCapabilities Embeds = ModelCapabilities.Embeddings;
        var scene = new Scene
        {
            Models =
            [
                Scene.Model("a/chat"), Scene.Model("a/small", price: 5, capabilities: Embeds), Scene.Model("b/large", price: 1, capabilities: Embeds),
                Scene.Model("b/small", price: 2, capabilities: Embeds), Scene.Model("c/renamed", price: 3, capabilities: Embeds) with { UpstreamModel = "small" },
            ],
            Profile = Scene.Prompt(10, Embeds, maxOutput: 0),
        };

        // The first that embeds says which vectors the route has, though others are cheaper.
        Assert.Equal(["a/small", "b/small", "c/renamed"], scene.Plan().Candidates.Select(model => model.QualifiedName).Order());
        var other = scene.Plan().Scores.Single(score => score.Model.QualifiedName == "b/large");
        Assert.Equal((Exclusion.OtherVectors, "has vectors that cannot be compared with those of 'a/small'"), (other.Exclusion, other.ExclusionDetail));
    }

    [Fact]
    public void Plan_SeveralTexts_HaveTheWindowEach()
    {
        var scene = new Scene { Models = [Scene.Model("a/1", window: 100), Scene.Model("a/2")], Strategy = RoutingStrategy.Ordered };

        Assert.Equal("a/1 a/2", (scene with { Profile = Several(texts: 9) }).Order());
        Assert.Equal("a/2", (scene with { Profile = Several(texts: 8) }).Order());

        static RequestProfile Several(int texts) => new() { Prompt = Scene.Prompt(810).Prompt, Prompts = texts };
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
