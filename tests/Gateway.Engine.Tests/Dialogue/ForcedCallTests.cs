using System.Text.Json;
using Gateway.Engine.Constraints;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Tests.Constraints.JsonSchema;
using Gateway.Engine.Tests.Dialogue.ToolCalls;
using Gateway.Engine.Text;
using Xunit;

namespace Gateway.Engine.Tests.Dialogue;

/// <summary>A model of random weights that has to call: what it writes in each family's form is read as calls, and as nothing else.</summary>
public sealed class ForcedCallTests
{
    private const string Plain = "{% for message in messages %}{{ message.content }}{% endfor %}";

    [Theory]
    [InlineData(Templates.R1)]
    [InlineData(Templates.V31)]
    [InlineData(Templates.V32)]
    [InlineData(Templates.V32, true)]
    [InlineData(Templates.V4)]
    [InlineData(Templates.V4, true)]
    [InlineData(Templates.Qwen3)]
    [InlineData(Templates.Llama)]
    [InlineData(Plain)]
    public async Task ChatAsync_Required_CallsOneFunctionWithArgumentsOfItsSchema(string template, bool hasDsmlToken = false)
    {
        using var copy = new ChatModelCopy(template, hasDsmlToken);
        await using var model = copy.Load();
        for (var seed = 0; seed < 4; seed++)
        {
            var turn = model.Begin(Asking() with { ToolChoice = ToolChoiceMode.Required, ParallelToolCalls = false });
            var (parts, finish) = await AnswerAsync(model, turn, seed);
            Assert.Equal(FinishReason.Stop, finish);
            Assert.Equal(AnswerPartKind.Call, parts.First(part => part.Kind != AnswerPartKind.Reasoning).Kind);
            Assert.DoesNotContain(parts, part => part.Kind == AnswerPartKind.Content);
            CheckArguments(parts);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ChatAsync_RequiredWithParametersOfEveryKind_CallsObeyTheSchema(bool hasDsmlToken)
    {
        const string Schema =
            """
            {"type":"object","properties":{
              "query":{"type":"string","minLength":1,"maxLength":12},
              "lang":{"type":["string","null"],"enum":["de","\"x\"\n",null]},
              "date":{"type":"string","format":"date"},
              "limit":{"anyOf":[{"type":"integer","minimum":1,"maximum":99},{"type":"string","pattern":"^(all|none)$"}]},
              "exact":{"type":"boolean"},
              "tags":{"type":"array","items":{"type":"string","maxLength":4},"minItems":1,"maxItems":2},
              "where":{"type":"object","properties":{"city":{"enum":["Paris","Rome"]}},"required":["city"],"additionalProperties":false}
            },"required":["query","lang","date","limit","tags","where"],"additionalProperties":false}
            """;
        using var copy = new ChatModelCopy(Templates.V32, hasDsmlToken);
        await using var model = copy.Load();

        // The prompt goes without the parameters: the small model's context has to hold an answer whose tags are spelled out.
        var function = new ToolFunction(JsonElement.Parse("""{"type":"function","function":{"name":"get"}}"""))
        {
            Name = "get",
            Arguments = ToolArguments.FromJsonSchema(JsonElement.Parse(Schema)),
        };
        var turn = model.Begin(Asking() with { Tools = [function], ToolChoice = ToolChoiceMode.Required, RequiredFunction = "get" });
        for (var seed = 0; seed < 6; seed++)
        {
            var (parts, finish) = await AnswerAsync(model, turn, seed, maxTokens: 800);
            Assert.Equal(FinishReason.Stop, finish);
            Assert.Single(parts, part => part.Kind == AnswerPartKind.Call);
            var arguments = string.Concat(parts.Where(part => part.Kind == AnswerPartKind.Arguments).Select(part => part.Text));
            Assert.True(new SchemaValidator(JsonElement.Parse(Schema)).IsValid(JsonElement.Parse(arguments)), arguments);
        }
    }

    [Theory]
    [InlineData(Templates.V32)]
    [InlineData(Templates.V4)]
    public async Task ChatAsync_RequiredWhileReasoning_CallsBehindIt(string template)
    {
        using var copy = new ChatModelCopy(template, hasDsmlToken: true);
        await using var model = copy.Load();
        var thinking = new Dictionary<string, JsonElement> { ["thinking"] = JsonElement.Parse("true") };
        var turn = model.Begin(Asking() with { ToolChoice = ToolChoiceMode.Required, ParallelToolCalls = false, TemplateVariables = thinking });
        var reasoned = 0;
        for (var seed = 0; seed < 4; seed++)
        {
            var (parts, finish) = await AnswerAsync(model, turn, seed);
            Assert.Equal(FinishReason.Stop, finish);
            reasoned += parts[0].Kind == AnswerPartKind.Reasoning ? 1 : 0;
            Assert.DoesNotContain(parts, part => part.Kind == AnswerPartKind.Content);
            CheckArguments(parts);
        }

        Assert.True(reasoned > 0);
    }

    [Fact]
    public async Task ChatAsync_StrictFunctionAndDsml_HoldsWhatIsCalledToItsSchema()
    {
        using var copy = new ChatModelCopy(Templates.V32, hasDsmlToken: true);
        await using var model = copy.Load();
        var conversation = Asking();
        var turn = model.Begin(conversation with { Tools = [.. conversation.Tools.Select(tool => tool with { IsStrict = true })] });
        var called = 0;
        for (var seed = 0; seed < 6; seed++)
        {
            var (parts, _) = await AnswerAsync(model, turn, seed, (model.Tokenizer.IdOf("｜DSML｜")!.Value, 12));
            called += parts.Count(part => part.Kind == AnswerPartKind.Call);
            CheckArguments(parts, isWhole: false);
        }

        Assert.True(called > 0);
    }

    [Theory]
    [InlineData(Templates.R1)]
    [InlineData(Templates.Qwen3)]
    [InlineData(Plain)]
    public async Task ChatAsync_StrictFunctionAndAuto_HoldsWhatIsCalledToItsSchema(string template)
    {
        // Free text from random weights; a bias towards what opens a call makes it come.
        using var copy = new ChatModelCopy(template);
        await using var model = copy.Load();
        var conversation = Asking();
        var turn = model.Begin(conversation with { Tools = [.. conversation.Tools.Select(tool => tool with { IsStrict = true })] });
        Assert.NotNull(turn.Constraint);
        var called = 0;
        for (var seed = 0; seed < 4; seed++)
        {
            var (parts, _) = await AnswerAsync(model, turn, seed, (model.Tokenizer.IdOf("<｜tool▁calls▁begin｜>")!.Value, 6));
            called += parts.Count(part => part.Kind == AnswerPartKind.Call);
            CheckArguments(parts, isWhole: false);
        }

        Assert.True(called > 0 || template != Templates.R1);
    }

    [Fact]
    public async Task ChatAsync_ContentByGrammar_BeginsBehindTheReasoning()
    {
        using var copy = new ChatModelCopy(Templates.R1);
        await using var model = copy.Load();
        var turn = model.Begin(Asking() with { Tools = [], Content = Grammar.Choice(Grammar.Literal("yes"), Grammar.Literal("no")) });
        for (var seed = 0; seed < 4; seed++)
        {
            var (parts, _) = await AnswerAsync(model, turn, seed);
            Assert.Contains(string.Concat(parts.Where(part => part.Kind == AnswerPartKind.Content).Select(part => part.Text)), new[] { "yes", "no" });
        }
    }

    [Fact]
    public async Task ChatAsync_ModelMayReason_GrammarLetsItAndHoldsTheRest()
    {
        using var copy = new ChatModelCopy(Templates.Qwen3);
        await using var model = copy.Load();
        var turn = model.Begin(Asking() with { Tools = [], Content = Grammar.Literal("yes") });
        var reasoned = 0;
        for (var seed = 0; seed < 6; seed++)
        {
            var (parts, _) = await AnswerAsync(model, turn, seed, (model.Tokenizer.IdOf("<think>")!.Value, seed % 2 == 0 ? 100 : -100));
            reasoned += parts.Any(part => part.Kind == AnswerPartKind.Reasoning) ? 1 : 0;
            Assert.Equal("yes", string.Concat(parts.Where(part => part.Kind == AnswerPartKind.Content).Select(part => part.Text)));
        }

        Assert.True(reasoned > 0);
    }

    private static void CheckArguments(List<AnswerPart> parts, bool isWhole = true)
    {
        var calls = ReadAnswer.Write(parts.Where(part => part.Kind is AnswerPartKind.Call or AnswerPartKind.Arguments));
        foreach (var call in calls.Split(')', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, arguments) = (call[..call.IndexOf('(', StringComparison.Ordinal)], call[(call.IndexOf('(', StringComparison.Ordinal) + 1)..]);
            if (!isWhole && !arguments.EndsWith('}'))
            {
                continue;
            }

            var json = JsonElement.Parse(arguments);
            Assert.Contains(name, ReadAnswer.Names);
            if (name == "get_weather")
            {
                Assert.Contains(json.GetProperty("city").GetString(), new[] { "Paris", "Rome" });
                Assert.InRange(json.GetProperty("days").GetInt32(), 1, 5);
            }
            else
            {
                Assert.Equal("{}", arguments);
            }
        }
    }

    private static async Task<(List<AnswerPart> Parts, FinishReason? Finish)> AnswerAsync(LanguageModel model, ChatTurn turn, long seed, params (int Id, float Bias)[] biases) =>
        await AnswerAsync(model, turn, seed, 300, biases);

    private static async Task<(List<AnswerPart> Parts, FinishReason? Finish)> AnswerAsync(
        LanguageModel model, ChatTurn turn, long seed, int maxTokens, params (int Id, float Bias)[] biases)
    {
        // The end of reasoning soon, and no end of the answer before its grammar wants one.
        Dictionary<int, float> bias = new() { [model.Tokenizer.IdOf("</think>")!.Value] = 9, [1] = -100 };
        foreach (var (id, value) in biases)
        {
            bias[id] = value;
        }

        List<AnswerPart> parts = [];
        FinishReason? finish = null;
        var request = new TokenRequest
        {
            PromptIds = turn.PromptIds,
            MaxTokens = maxTokens,
            Sampling = new() { Seed = seed, LogitBias = bias },
            Constraint = turn.Constraint,
        };
        await foreach (var delta in model.ChatAsync(turn, request, [], TestContext.Current.CancellationToken))
        {
            parts.AddRange(delta.Parts);
            finish = delta.Finish;
        }

        return (parts, finish);
    }

    private static Conversation Asking() => new()
    {
        Messages = JsonElement.Parse("""[{"role":"user","content":"Weather?"}]"""),
        Now = DateTimeOffset.UnixEpoch,
        Tools =
        [
            Tool("get_weather", """{"type":"object","properties":{"city":{"enum":["Paris","Rome"]},"days":{"type":"integer","minimum":1,"maximum":5}},"required":["city","days"],"additionalProperties":false}"""),
            new ToolFunction(JsonElement.Parse("""{"type":"function","function":{"name":"no_args"}}""")) { Name = "no_args", Arguments = ToolArguments.None },
        ],
    };

    private static ToolFunction Tool(string name, string schema) =>
        new(JsonElement.Parse($$"""{"type":"function","function":{"name":"{{name}}","parameters":{{schema}} } }"""))
        {
            Name = name,
            Arguments = ToolArguments.FromJsonSchema(JsonElement.Parse(schema)),
        };
}
