using System.Text.Json;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>
/// Calls in the form of DeepSeek-V3.2, whose arguments are named parameters, through HTTP: a small model of random weights with the mark of
/// that form in its vocabulary. What it writes when it is forced becomes a JSON object, whole and streamed alike.
/// </summary>
public sealed class DsmlToolCallTests : IAsyncLifetime
{
    private const int ThinkEnd = 484;
    private const int EndOfText = 1;
    private const string Template =
        """
        {{- bos_token }}
        {%- for tool in tools or [] %}{{- tool.function.name + '\n' }}{%- endfor %}
        {%- for message in messages %}
            {%- if message.role == 'user' %}{{- '<｜User｜>' + message.content }}{%- endif %}
            {%- if message.role == 'assistant' %}
                {{- '<｜Assistant｜></think>' + (message.content or '') + '\n\n<｜DSML｜function_calls>\n' }}
                {%- for call in message.tool_calls or [] %}
                    {{- '<｜DSML｜invoke name="' + call.function.name + '">\n' }}
                    {%- for name, value in (call.function.arguments | from_json).items() %}
                        {{- '<｜DSML｜parameter name="' + name + '" string="' + ('true' if value is string else 'false') + '">' }}
                        {{- (value if value is string else value | tojson) + '</｜DSML｜parameter>\n' }}
                    {%- endfor %}
                    {{- '</｜DSML｜invoke>\n' }}
                {%- endfor %}
                {{- '</｜DSML｜function_calls>' + eos_token }}
            {%- elif message.role == 'tool' %}
                {{- '<result>' + message.content + '</result>' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<｜Assistant｜>' + ('<think>' if thinking else '</think>') }}{%- endif %}
        """;

    private static readonly JsonElement Weather = JsonElement.Parse(
        """
        {"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{
        "city":{"type":"string","minLength":3,"maxLength":9},"days":{"type":"integer","minimum":1,"maximum":5},"units":{"enum":["\"C\"",null]}},
        "required":["city","days","units"],"additionalProperties":false}}}
        """);

    private static readonly JsonElement Time = JsonElement.Parse("""{"type":"function","function":{"name":"get_time"}}""");

    private static readonly object Named = new { type = "function", function = new { name = "get_weather" } };

    private readonly TempFolder _folder = new();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        var original = Path.Combine(RepositoryRoot.Path, "tests", "goldens", "models", "llama_distill");
        foreach (var name in new[] { "config.json", "generation_config.json", "model.safetensors", "tokenizer_config.json" })
        {
            File.Copy(Path.Combine(original, name), Path.Combine(_folder.Path, name));
        }

        // The checkpoint's vocabulary has a mark of another form to spare.
        var tokenizer = await File.ReadAllTextAsync(Path.Combine(original, "tokenizer.json"), TestContext.Current.CancellationToken);
        _folder.Write("tokenizer.json", tokenizer.Replace("<｜tool▁sep｜>", "｜DSML｜", StringComparison.Ordinal));
        _folder.Write("chat_template.jinja", Template);
        _gateway = await StartAsync("contextWindow: 1024", ("Engine:ModelPath", _folder.Path), ("Engine:KvCacheTokens", "2048"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chat_NamedFunction_IsCalledWithArgumentsOfItsSchemaWholeAndStreamed(bool thinking)
    {
        var reasoned = 0;
        for (var seed = 0; seed < 4; seed++)
        {
            var body = AskTools(seed, ("tool_choice", Named), ("chat_template_kwargs", new { thinking }));
            var choice = (await _gateway.Client.ChatAsync(body)).OkJson.GetProperty("choices")[0];
            Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
            var message = choice.GetProperty("message");
            Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
            var call = Assert.Single(message.GetProperty("tool_calls").EnumerateArray()).GetProperty("function");
            Assert.Equal("get_weather", call.GetProperty("name").GetString());
            CheckWeather(call.GetProperty("arguments").GetString()!);
            reasoned += message.TryGetProperty("reasoning_content", out _) ? 1 : 0;

            var events = await AnswerEvents.StreamAsync(_gateway.Client, GatewayRequests.ChatPath, body);
            Assert.Equal(["tool_calls"], events.FinishReasons);
            Assert.Equal("", events.Text);
            var functions = Functions(events);
            Assert.Equal(("get_weather", ""), (functions[0].GetProperty("name").GetString(), functions[0].GetProperty("arguments").GetString()));
            Assert.True(functions.Count > 3, "The arguments came in one piece.");
            Assert.Equal(call.GetProperty("arguments").GetString(), string.Concat(functions.Select(function => function.GetProperty("arguments").GetString())));
        }

        Assert.Equal(thinking, reasoned > 0);
    }

    [Fact]
    public async Task Chat_Required_CallsFunctionsThatWereOffered()
    {
        HashSet<string> called = [];
        for (var seed = 0; seed < 6; seed++)
        {
            var choice = (await _gateway.Client.ChatAsync(AskTools(seed, ("tool_choice", "required"), ("max_tokens", 600)))).OkJson.GetProperty("choices")[0];
            foreach (var call in choice.GetProperty("message").GetProperty("tool_calls").EnumerateArray().Select(call => call.GetProperty("function")))
            {
                var (name, arguments) = (call.GetProperty("name").GetString()!, call.GetProperty("arguments").GetString()!);
                called.Add(name);
                if (name == "get_weather" && choice.GetProperty("finish_reason").GetString() == "tool_calls")
                {
                    CheckWeather(arguments);
                }
                else if (name == "get_time")
                {
                    Assert.Contains(arguments, new[] { "{}", "" });
                }
            }
        }

        Assert.NotEmpty(called);
        Assert.Subset(new HashSet<string> { "get_weather", "get_time" }, called);
    }

    [Fact]
    public async Task Chat_CutInsideAParameter_SaysLengthAndGivesWhatCame()
    {
        var body = AskTools(1, ("tool_choice", Named));
        var whole = (await _gateway.Client.ChatAsync(body)).OkJson;
        var arguments = Arguments(whole);
        var tokens = whole.GetProperty("usage").GetProperty("completion_tokens").GetInt32();
        for (var limit = tokens - 40; limit < tokens - 20; limit++)
        {
            var cut = (await _gateway.Client.ChatAsync(AskTools(1, ("tool_choice", Named), ("max_tokens", limit)))).OkJson;
            Assert.Equal("length", cut.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
            Assert.StartsWith(Arguments(cut), arguments, StringComparison.Ordinal);
            Assert.NotEqual(arguments, Arguments(cut));
        }
    }

    [Fact]
    public async Task Chat_ResultOfACall_GoesBackThroughTheTemplate()
    {
        var first = (await _gateway.Client.ChatAsync(AskTools(1, ("tool_choice", Named)))).OkJson;
        var message = first.GetProperty("choices")[0].GetProperty("message");
        object[] messages =
        [
            new { role = "user", content = "Weather?" },
            message,
            new { role = "tool", tool_call_id = message.GetProperty("tool_calls")[0].GetProperty("id").GetString(), content = "</｜DSML｜invoke> 21 °C" },
        ];
        var second = await _gateway.Client.ChatAsync(AskTools(1, ("messages", messages), ("tool_choice", "none"), ("max_tokens", 5)));
        Assert.True(second.PromptTokens > first.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task Chat_ParameterThatCannotBeWritten_NamesItsFunction()
    {
        var tool = JsonElement.Parse(
            """{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a\" string=\"true\">":{}},"required":["a\" string=\"true\">"]}}}""");
        var answer = await _gateway.Client.ChatAsync(AskTools(1, ("tools", new[] { tool }), ("tool_choice", "required")));
        Assert.Contains("parameters of f", answer.ShouldBe(Gateway.Contracts.Errors.ErrorCode.CallerInvalidField, "tools"), StringComparison.Ordinal);
    }

    private static string Arguments(JsonElement answer) =>
        answer.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()!;

    private static List<JsonElement> Functions(AnswerEvents events) => [.. events.Chunks
        .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
        .Where(delta => delta.TryGetProperty("tool_calls", out _))
        .Select(delta => Assert.Single(delta.GetProperty("tool_calls").EnumerateArray()).GetProperty("function"))];

    private static void CheckWeather(string arguments)
    {
        var json = JsonElement.Parse(arguments);
        Assert.InRange(json.GetProperty("city").GetString()!.EnumerateRunes().Count(), 3, 9);
        Assert.InRange(json.GetProperty("days").GetInt32(), 1, 5);
        Assert.Contains(json.GetProperty("units").GetString(), new[] { "\"C\"", null });
        Assert.Equal(["city", "days", "units"], json.EnumerateObject().Select(member => member.Name));
    }

    private static Dictionary<string, object?> AskTools(int seed, params (string Name, object? Value)[] more) => Ask("Weather?",
    [
        ("tools", new[] { Weather, Time }),
        ("temperature", 1),
        ("seed", seed),
        ("max_tokens", 400),
        ("logit_bias", new Dictionary<string, int> { [$"{ThinkEnd}"] = 9, [$"{EndOfText}"] = -100 }),
        .. more,
    ]);
}
