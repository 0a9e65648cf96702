using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>Answers that are held to a format: JSON, a schema, a regular expression, a choice.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class StructuredAnswerTests(LocalGateway local)
{
    private const string Order =
        """
        {"type":"object","properties":{"city":{"enum":["Hamburg","Rome"]},"price":{"type":"integer","minimum":0,"maximum":99},"paid":{"type":"boolean"},
        "tags":{"type":"array","items":{"enum":["lamp","chair"]},"maxItems":2}},"required":["city","price","paid","tags"],"additionalProperties":false}
        """;

    [Theory]
    [InlineData("Extract the order as JSON: Clara Weber from Hamburg bought a lamp for 40 euros on 3 May.", 0)]
    [InlineData("ping", 0)]
    [InlineData("Tell me a joke", 1)]
    [InlineData("Write a haiku about the sea", 2)]
    public async Task Chat_JsonSchema_AlwaysObeysIt(string question, int seed)
    {
        var body = Ask(question, ("response_format", Schema(Order)), ("max_tokens", 200), ("temperature", seed == 0 ? 0 : 1.5), ("seed", seed));
        var whole = await local.Client.ChatAsync(body);
        Assert.Equal("stop", whole.FinishReason);
        var json = JsonElement.Parse(whole.Text);
        Assert.Equal(["city", "paid", "price", "tags"], json.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Contains(json.GetProperty("city").GetString(), new[] { "Hamburg", "Rome" });
        Assert.InRange(json.GetProperty("price").GetInt32(), 0, 99);
        Assert.All(json.GetProperty("tags").EnumerateArray(), tag => Assert.Contains(tag.GetString(), new[] { "lamp", "chair" }));
        Assert.Equal(whole.Text, (await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, body)).Text);
    }

    [Fact]
    public async Task Chat_JsonObject_IsOne()
    {
        var answer = await local.Client.ChatAsync(Ask(
            "Extract name, city as JSON: Clara Weber from Hamburg bought a lamp for 40 euros on 3 May.", ("response_format", new { type = "json_object" }), ("max_tokens", 200)));
        Assert.Equal("stop", answer.FinishReason);
        Assert.Equal("Clara Weber", JsonElement.Parse(answer.Text).GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("""{"regex":"[0-9]{3}-[a-f]{2}"}""", "^[0-9]{3}-[a-f]{2}$")]
    [InlineData("""{"choice":["positive","negative"]}""", "^(positive|negative)$")]
    [InlineData("""{"json":{"enum":[1,2]}}""", "^[12]$")]
    [InlineData("""{"json":"{\"enum\":[1,2]}"}""", "^[12]$")]
    public async Task Chat_StructuredOutputs_AreObeyed(string structured, string pattern)
    {
        var answer = await local.Client.ChatAsync(Ask("Is this positive or negative? I love it.", ("structured_outputs", JsonElement.Parse(structured)), ("max_tokens", 50)));
        Assert.Matches(pattern, answer.Text);
        Assert.Equal("stop", answer.FinishReason);
    }

    [Theory]
    [InlineData("structured_outputs", """{"regex":"[0-9]{3}-[a-f]{2}"}""", "^[0-9]{3}-[a-f]{2}$")]
    [InlineData("structured_outputs", """{"choice":["positive","negative"]}""", "^(positive|negative)$")]
    [InlineData("response_format", """{"type":"json_schema","json_schema":{"name":"x","schema":{"enum":[1,2]}}}""", "^[12]$")]
    public async Task Completions_Format_HoldsEveryAnswer(string field, string format, string pattern)
    {
        var answer = await local.Client.CompleteAsync(new Dictionary<string, object?>
        {
            ["model"] = "auto",
            ["prompt"] = new[] { "Is this good?", "2 + 2 =" },
            ["n"] = 2,
            ["max_tokens"] = 50,
            ["seed"] = 7,
            [field] = JsonElement.Parse(format),
        });
        var choices = answer.OkJson.GetProperty("choices").EnumerateArray().ToList();
        Assert.Equal(4, choices.Count);
        Assert.All(choices, choice => Assert.Matches(pattern, choice.GetProperty("text").GetString()!));
        Assert.All(choices, choice => Assert.Equal("stop", choice.GetProperty("finish_reason").GetString()));
    }

    [Fact]
    public async Task Chat_FormatText_IsNone() =>
        Assert.Equal("pong", (await local.Client.ChatAsync(Ask("ping", ("response_format", new { type = "text" })))).Text);

    [Theory]
    [InlineData("response_format", """{"type":"yaml"}""", "response_format.type")]
    [InlineData("response_format", """{"type":"json_schema"}""", "response_format.json_schema")]
    [InlineData("response_format", """{"type":"json_schema","json_schema":{"name":"x","strict":1,"schema":{}}}""", "response_format.json_schema.strict")]
    [InlineData("response_format", """{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type":"object","properties":{"a":{"items":7}}}}}""", "response_format.json_schema.schema/properties/a")]
    [InlineData("structured_outputs", """{}""", "structured_outputs")]
    [InlineData("structured_outputs", """[]""", "structured_outputs")]
    [InlineData("structured_outputs", """{"regex":"a","choice":["b"]}""", "structured_outputs")]
    [InlineData("structured_outputs", """{"regex":"("}""", "structured_outputs.regex")]
    [InlineData("structured_outputs", """{"regex":7}""", "structured_outputs.regex")]
    [InlineData("structured_outputs", """{"choice":[]}""", "structured_outputs.choice")]
    [InlineData("structured_outputs", """{"choice":["a",""]}""", "structured_outputs.choice")]
    [InlineData("structured_outputs", """{"json":"{"}""", "structured_outputs.json")]
    [InlineData("reasoning_effort", "\"huge\"", "reasoning_effort")]
    public async Task Chat_MalformedFormat_NamesItsPlace(string field, string value, string param) =>
        Assert.StartsWith(param, (await ErrorOf(Ask("ping", (field, JsonElement.Parse(value))), ErrorCode.CallerInvalidField)), StringComparison.Ordinal);

    [Theory]
    [InlineData("structured_outputs", """{"grammar":"root ::= x"}""", "structured_outputs.grammar")]
    [InlineData("guided_regex", "\"a\"", "guided_regex")]
    [InlineData("guided_json", "{}", "guided_json")]
    public async Task Chat_FormatThatTheEngineDoesNotHave_IsRefusedByName(string field, string value, string param) =>
        Assert.Equal(param, await ErrorOf(Ask("ping", (field, JsonElement.Parse(value))), ErrorCode.CallerUnsupportedField));

    private static object Schema(string schema) => new { type = "json_schema", json_schema = new { name = "order", strict = true, schema = JsonElement.Parse(schema) } };

    private async Task<string> ErrorOf(Dictionary<string, object?> body, ErrorCode code)
    {
        var answer = await local.Client.ChatAsync(body);
        var param = answer.Json.GetProperty("error").GetProperty("param").GetString()!;
        answer.ShouldBe(code, param);
        return param;
    }
}
