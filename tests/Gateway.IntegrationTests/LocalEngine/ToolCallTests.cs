using System.ClientModel;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using OpenAI;
using OpenAI.Chat;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>
/// Calls of functions through HTTP. The built-in model knows no tools, but a forced call is held to its form and its schema, whatever the
/// model makes of it.
/// </summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class ToolCallTests(LocalGateway local)
{
    private const string Weather =
        """
        {"type":"function","function":{"name":"get_weather","description":"The weather of a city","strict":true,"parameters":
        {"type":"object","properties":{"city":{"enum":["Paris","Rome"]},"days":{"type":"integer","minimum":1,"maximum":5}},"required":["city","days"],"additionalProperties":false}}}
        """;

    private const string Time = """{"type":"function","function":{"name":"get_time","parameters":{"type":"object","properties":{"zone":{"enum":["UTC","CET"]}},"required":["zone"],"additionalProperties":false}}}""";

    private static readonly JsonElement Named = JsonElement.Parse("""{"type":"function","function":{"name":"get_weather"}}""");

    [Fact]
    public async Task Chat_NamedFunction_IsCalledWithArgumentsOfItsSchema()
    {
        var choice = (await local.Client.ChatAsync(AskTools("What is the weather in Rome?", ("tool_choice", Named)))).OkJson.GetProperty("choices")[0];
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        var message = choice.GetProperty("message");
        Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
        var call = Assert.Single(message.GetProperty("tool_calls").EnumerateArray());
        Assert.Equal(["function", "id", "type"], call.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.StartsWith("call_", call.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("function", call.GetProperty("type").GetString());
        Assert.Equal("get_weather", call.GetProperty("function").GetProperty("name").GetString());
        CheckWeather(call.GetProperty("function").GetProperty("arguments").GetString()!);
    }

    [Theory]
    [InlineData("required")]
    [InlineData("named")]
    public async Task Stream_ForcedCall_IsTheWholeAnswerInPieces(string choice)
    {
        var body = AskTools("What is the weather in Rome?", ("tool_choice", choice == "named" ? Named : "required"), ("parallel_tool_calls", false));
        var whole = (await local.Client.ChatAsync(body)).OkJson.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
        var events = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, body);

        Assert.Equal(["tool_calls"], events.FinishReasons);
        Assert.Equal("", events.Text);
        var deltas = events.Chunks.Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
            .Where(delta => delta.TryGetProperty("tool_calls", out _)).Select(delta => Assert.Single(delta.GetProperty("tool_calls").EnumerateArray())).ToList();
        Assert.StartsWith("call_", deltas[0].GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("function", deltas[0].GetProperty("type").GetString());
        Assert.Equal(whole.GetProperty("name").GetString(), deltas[0].GetProperty("function").GetProperty("name").GetString());
        Assert.Equal("", deltas[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.All(deltas.Skip(1), delta => Assert.Equal(["index", "function"], delta.EnumerateObject().Select(member => member.Name)));
        Assert.All(deltas, delta => Assert.Equal(0, delta.GetProperty("index").GetInt32()));
        Assert.True(deltas.Count > 3, "The arguments came in one piece.");
        Assert.Equal(
            whole.GetProperty("arguments").GetString(),
            string.Concat(deltas.Select(delta => delta.GetProperty("function").GetProperty("arguments").GetString())));
    }

    [Fact]
    public async Task Chat_ResultOfACall_GoesBackThroughTheTemplate()
    {
        var first = (await local.Client.ChatAsync(AskTools("What is the weather in Rome?", ("tool_choice", Named)))).OkJson;
        var message = first.GetProperty("choices")[0].GetProperty("message");
        var id = message.GetProperty("tool_calls")[0].GetProperty("id").GetString();
        object[] messages =
        [
            new { role = "user", content = "What is the weather in Rome?" },
            message,
            new { role = "tool", tool_call_id = id, content = "<｜User｜> 21 °C and sunny" },
        ];
        var second = await local.Client.ChatAsync(AskTools("", ("messages", messages), ("max_tokens", 20)));
        Assert.True(second.PromptTokens > first.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.False(second.OkJson.GetProperty("choices")[0].GetProperty("message").TryGetProperty("tool_calls", out _));
    }

    [Fact]
    public async Task Chat_ChoiceNone_AnswersAsWithoutTools()
    {
        var answer = await local.Client.ChatAsync(AskTools("ping", ("tool_choice", "none")));
        Assert.Equal("pong", answer.Text);
        Assert.Equal("stop", answer.FinishReason);
        Assert.Equal((await local.Client.ChatAsync(Ask("ping"))).PromptTokens, answer.PromptTokens);
    }

    [Fact]
    public async Task Chat_CutInsideACall_SaysLengthAndGivesWhatCame()
    {
        var body = AskTools("What is the weather in Rome?", ("tool_choice", Named));
        var tokens = (await local.Client.ChatAsync(body)).CompletionTokens;
        var cut = (await local.Client.ChatAsync(AskTools("What is the weather in Rome?", ("tool_choice", Named), ("max_tokens", tokens - 4)))).OkJson.GetProperty("choices")[0];
        Assert.Equal("length", cut.GetProperty("finish_reason").GetString());
        var arguments = cut.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()!;
        Assert.StartsWith("{", arguments, StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => JsonElement.Parse(arguments));
    }

    [Fact]
    public async Task Chat_Logprobs_CoverTheTokensOfACall()
    {
        var answer = await local.Client.ChatAsync(AskTools("Weather?", ("tool_choice", Named), ("logprobs", true)));
        var entries = answer.OkJson.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content").EnumerateArray().ToList();
        Assert.Contains("get_weather", string.Concat(entries.Select(entry => entry.GetProperty("token").GetString())), StringComparison.Ordinal);
        Assert.InRange(entries.Count, answer.CompletionTokens - 1, answer.CompletionTokens);
    }

    [Fact]
    public async Task OpenAIClient_ForcedCall_IsReadWholeAndStreamed()
    {
        var client = new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(local.Client.BaseAddress!, "v1") })
            .GetChatClient("auto");
        var options = new ChatCompletionOptions
        {
            Temperature = 0,
            ToolChoice = ChatToolChoice.CreateRequiredChoice(),
            AllowParallelToolCalls = false,
            Tools = { ChatTool.CreateFunctionTool("get_weather", functionParameters: BinaryData.FromString(JsonElement.Parse(Weather).GetProperty("function").GetProperty("parameters").GetRawText())) },
        };
        ChatMessage[] messages = [new UserChatMessage("What is the weather in Paris?")];
        ChatCompletion whole = await client.CompleteChatAsync(messages, options, TestContext.Current.CancellationToken);
        Assert.Equal(ChatFinishReason.ToolCalls, whole.FinishReason);
        CheckWeather(whole.ToolCalls[0].FunctionArguments.ToString());

        var (name, arguments) = ("", "");
        await foreach (var update in client.CompleteChatStreamingAsync(messages, options, TestContext.Current.CancellationToken))
        {
            foreach (var call in update.ToolCallUpdates)
            {
                name += call.FunctionName;
                arguments += call.FunctionArgumentsUpdate?.ToString();
            }
        }

        Assert.Equal((whole.ToolCalls[0].FunctionName, whole.ToolCalls[0].FunctionArguments.ToString()), (name, arguments));
    }

    [Theory]
    [InlineData("tools", """[{"type":"custom","custom":{"name":"x"}}]""", "tools[0].type")]
    [InlineData("tools", """["x"]""", "tools[0]")]
    [InlineData("tools", """[{"type":"function"}]""", "tools[0].function")]
    [InlineData("tools", """[{"type":"function","function":{"name":"no spaces"}}]""", "tools[0].function.name")]
    [InlineData("tools", """[{"type":"function","function":{"name":"x"}},{"type":"function","function":{"name":"x"}}]""", "tools[1].function.name")]
    [InlineData("tools", """[{"type":"function","function":{"name":"x","description":1}}]""", "tools[0].function.description")]
    [InlineData("tools", """[{"type":"function","function":{"name":"x","parameters":{"type":"string"}}}]""", "tools[0].function.parameters")]
    [InlineData("tools", """[{"type":"function","function":{"name":"x","strict":1}}]""", "tools[0].function.strict")]
    [InlineData("tools", """[{"type":"function","function":{"name":"x","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"nothing"}}}}}]""", "tools[0].function.parameters/properties/a")]
    [InlineData("tool_choice", "\"perhaps\"", "tool_choice")]
    [InlineData("tool_choice", "\"required\"", "tool_choice")]
    [InlineData("tool_choice", """{"type":"function","function":{"name":"x"}}""", "tool_choice")]
    public async Task Chat_MalformedTools_NameTheirPlace(string field, string value, string param) =>
        (await local.Client.ChatAsync(Ask("ping", (field, JsonElement.Parse(value))))).ShouldBe(ErrorCode.CallerInvalidField, param);

    [Fact]
    public async Task Chat_ChoiceOfAFunctionThatIsNotOffered_NamesIt() => Assert.Contains(
        "'rm_rf'",
        (await local.Client.ChatAsync(AskTools("ping", ("tool_choice", new { type = "function", function = new { name = "rm_rf" } })))).ShouldBe(ErrorCode.CallerInvalidField, "tool_choice.function.name"),
        StringComparison.Ordinal);

    [Fact]
    public async Task Chat_CallWithBrokenArgumentsInTheHistory_NamesIt()
    {
        object[] messages = [new { role = "user", content = "x" }, new { role = "assistant", tool_calls = new[] { new { id = "a", type = "function", function = new { name = "f", arguments = "{" } } } }];
        (await local.Client.ChatAsync(Ask("", ("messages", messages)))).ShouldBe(ErrorCode.CallerInvalidField, "messages[1].tool_calls[0].function.arguments");
    }

    private static Dictionary<string, object?> AskTools(string question, params (string Name, object? Value)[] more) =>
        Ask(question, [("tools", new[] { JsonElement.Parse(Weather), JsonElement.Parse(Time) }), ("max_tokens", 200), .. more]);

    private static void CheckWeather(string arguments)
    {
        var json = JsonElement.Parse(arguments);
        Assert.Contains(json.GetProperty("city").GetString(), new[] { "Paris", "Rome" });
        Assert.InRange(json.GetProperty("days").GetInt32(), 1, 5);
        Assert.Equal(2, json.EnumerateObject().Count());
    }
}
