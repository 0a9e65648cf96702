using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Dialogue.History;
using Xunit;

namespace Gateway.Engine.Tests.Dialogue.History;

/// <summary>Conversations with calls and results, as each template can take them.</summary>
public sealed class HistoryWriterTests
{
    private const string Question = """{"role":"user","content":"Weather?"}""";
    private const string Call = """{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Paris\"}"}}]}""";
    private const string Result = """{"role":"tool","tool_call_id":"a","content":"21 °C"}""";
    private const string Instructions = "TOOLS";

    [Fact]
    public void Write_NoToolsInTheConversation_ChangesNothing()
    {
        var messages = JsonElement.Parse($$"""[{"role":"system","content":"S"},{{Question}},{"role":"assistant","content":"Sunny.","x":1.50}]""");
        Assert.Equal(messages.GetRawText(), Writer(Templates.Qwen3).Write(messages, instructions: null).GetRawText());
    }

    [Theory]
    [InlineData(Templates.R1, "<bos><｜User｜>Weather?<｜Assistant｜><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{\"city\": \"Paris\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><eos><｜tool▁output▁begin｜>21 °C<｜tool▁output▁end｜>")]
    [InlineData(Templates.V31, "<bos><｜User｜>Weather?<｜Assistant｜></think><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{\"city\": \"Paris\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜><eos><｜tool▁output▁begin｜>21 °C<｜tool▁output▁end｜>")]
    [InlineData(Templates.V32, "<bos><｜User｜>Weather?<｜Assistant｜></think>\n\n<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"get_weather\">\n<｜DSML｜parameter name=\"city\" string=\"true\">Paris</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls><eos><result>21 °C</result>")]
    [InlineData(Templates.V4, "<bos><｜User｜>Weather?<｜Assistant｜></think>\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"get_weather\">\n<｜DSML｜parameter name=\"city\" string=\"true\">Paris</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜tool_calls><eos><result>21 °C</result>")]
    [InlineData(Templates.Qwen3, "<｜User｜>Weather?<｜Assistant｜>\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call><eos><｜User｜><tool_response>\n21 °C\n</tool_response>")]
    [InlineData(Templates.Llama, "<bos><｜user｜>Weather?<｜Assistant｜>{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Paris\"}}<eos><｜User｜>\"21 °C\"")]
    public void Write_CallAndResult_RenderInTheFamilysForm(string template, string expected) =>
        Assert.Equal(expected, Render(template, $"[{Question},{Call},{Result}]"));

    [Theory]
    [InlineData(Templates.R1, "<｜Assistant｜>I look.<eos><｜Assistant｜><｜tool▁calls▁begin｜>")]
    [InlineData(Templates.V31, "</think>I look.<｜tool▁calls▁begin｜>")]
    [InlineData(Templates.V32, "</think>I look.\n\n<｜DSML｜function_calls>")]
    [InlineData(Templates.Qwen3, "<｜Assistant｜>I look.\n<tool_call>")]
    [InlineData(Templates.Llama, "<｜assistant｜>I look.<｜Assistant｜>{\"name\"")]
    public void Write_TextBesideACall_IsKept(string template, string expected) =>
        Assert.Contains(expected, Render(template, $"[{Question},{Call.Replace("null", "\"I look.\"", StringComparison.Ordinal)},{Result}]"), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"city": "Paris"}""")]
    [InlineData("\"{\\\"city\\\": \\\"Paris\\\"}\"")]
    public void Write_ArgumentsAsTextOrObject_RenderAlike(string arguments)
    {
        var call = $$$"""{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"get_weather","arguments":{{{arguments}}}}}]}""";
        foreach (var template in new[] { Templates.R1, Templates.V31, Templates.V32, Templates.Qwen3, Templates.Llama })
        {
            Assert.Equal(Render(template, $"[{Question},{Call}]"), Render(template, $"[{Question},{call}]"));
        }
    }

    [Fact]
    public void Write_TemplateKnowsNoTools_CallsAndResultsAreText()
    {
        var written = new HistoryWriter(TemplateTraits.Plain).Write(
            JsonElement.Parse($$"""[{{Question}},{{Call}},{{Result}},{"role":"tool","tool_call_id":"b","content":"Noon"},{{Question}}]"""), instructions: null);
        Assert.Equal(
            """[{"role":"user","content":"Weather?"},{"role":"assistant","content":"<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>"},"""
                + """{"role":"user","content":"<tool_response>\n21 °C\n</tool_response>\n<tool_response>\nNoon\n</tool_response>"},{"role":"user","content":"Weather?"}]""",
            written.GetRawText());
    }

    [Fact]
    public void Write_ResultsInAnotherOrder_ComeInTheOrderOfTheirCalls()
    {
        const string Calls = """{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]}""";
        Assert.EndsWith(
            "<｜tool▁output▁begin｜>first<｜tool▁output▁end｜><｜tool▁output▁begin｜>second<｜tool▁output▁end｜>",
            Render(Templates.R1, $$"""[{{Question}},{{Calls}},{"role":"tool","tool_call_id":"b","content":"second"},{"role":"tool","tool_call_id":"a","content":"first"}]"""),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "<result>A</result><result></result><result></result>")]
    [InlineData("b", "<result></result><result>B</result><result></result>")]
    [InlineData("c", "<result></result><result></result><result>C</result>")]
    [InlineData("ca", "<result>A</result><result></result><result>C</result>")]
    [InlineData("?", "<result></result><result></result><result>?</result>")]
    [InlineData("cba", "<result>A</result><result>B</result><result>C</result>")]
    [InlineData("cbad", "<result>A</result><result>B</result><result>C</result><result>D</result>")]
    [InlineData("", "")]
    public void Write_TemplateCountsResults_MissingOnesAreEmpty(string results, string expected)
    {
        // As V3.2's template does: it goes on when there are as many results as calls.
        const string Counting = "{% if messages[-1].role == 'tool' and messages | selectattr('role', 'equalto', 'tool') | list | length == 1 %}WAITING{% endif %}";
        var calls = string.Join(',', "abc".Select(id => $$$"""{"id":"{{{id}}}","type":"function","function":{"name":"f","arguments":"{}"}}"""));
        var messages = string.Concat(results.Select(id => $$""",{"role":"tool","tool_call_id":"{{id}}","content":"{{char.ToUpperInvariant(id)}}"}"""));
        var rendered = Render(Templates.V32 + Counting, $$"""[{{Question}},{"role":"assistant","content":null,"tool_calls":[{{calls}}]}{{messages}}]""");
        Assert.EndsWith("</｜DSML｜function_calls><eos>" + expected, rendered, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OlderFunctionCall_IsACall() => Assert.Equal(
        Render(Templates.R1, $"[{Question},{Call},{Result}]"),
        Render(Templates.R1, $$$"""[{{{Question}}},{"role":"assistant","content":null,"function_call":{"name":"get_weather","arguments":"{\"city\": \"Paris\"}"}},{"role":"function","name":"get_weather","content":"21 °C"}]"""));

    [Theory]
    [InlineData("""{"role":"assistant","content":"Hm.","tool_calls":[]}""")]
    [InlineData("""{"role":"assistant","content":"Hm.","tool_calls":null}""")]
    [InlineData("""{"role":"assistant","content":"Hm."}""")]
    public void Write_EmptyListOfCalls_IsNone(string message) =>
        Assert.Equal("<bos><｜user｜>Weather?<｜assistant｜>Hm.", Render(Templates.Llama, $"[{Question},{message}]"));

    [Fact]
    public void Write_AssistantWithoutText_HasTheEmptyOne() =>
        Assert.Equal("<｜User｜>Weather?<｜Assistant｜><eos>", Render(Templates.Qwen3, $$"""[{{Question}},{"role":"assistant","content":null}]"""));

    [Theory]
    [InlineData("""[{"role":"system","content":"A"},{"role":"system","content":"B"},{"role":"user","content":"x"}]""", """[{"role":"system","content":"A"},{"role":"system","content":"B\n\nTOOLS"},{"role":"user","content":"x"}]""")]
    [InlineData("""[{"role":"user","content":"x"}]""", """[{"role":"system","content":"TOOLS"},{"role":"user","content":"x"}]""")]
    [InlineData("""[{"role":"system","content":""},{"role":"user","content":"x"}]""", """[{"role":"system","content":"TOOLS"},{"role":"user","content":"x"}]""")]
    public void Write_Instructions_EndTheLastSystemMessage(string messages, string expected) =>
        Assert.Equal(expected, new HistoryWriter(TemplateTraits.Plain).Write(JsonElement.Parse(messages), Instructions).GetRawText());

    [Theory]
    [InlineData("""[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"a\":"}}]""", "messages[1].tool_calls[0].function.arguments")]
    [InlineData("""[{"id":"a","type":"function","function":{"name":"f","arguments":"[]"}}]""", "messages[1].tool_calls[0].function.arguments")]
    [InlineData("""[{"id":"a","type":"function","function":{"name":"f","arguments":7}}]""", "messages[1].tool_calls[0].function.arguments")]
    [InlineData("""[{"id":"a","type":"function","function":{"arguments":"{}"}}]""", "messages[1].tool_calls[0].function.name")]
    [InlineData("""[{"id":"a","type":"function"}]""", "messages[1].tool_calls[0]")]
    [InlineData("""["call"]""", "messages[1].tool_calls[0]")]
    [InlineData("\"call\"", "messages[1].tool_calls")]
    public void Write_MalformedCall_NamesItsPlace(string calls, string place) => Assert.Equal(
        place,
        Assert.Throws<ChatMessageException>(() => Writer(Templates.R1).Write(
            JsonElement.Parse($$"""[{{Question}},{"role":"assistant","content":null,"tool_calls":{{calls}}}]"""), instructions: null)).Parameter);

    private static HistoryWriter Writer(string template) => new(new TemplateProbe(ChatTemplate.Parse(template)).Run());

    private static string Render(string template, string messages) => ChatTemplate.Parse(template).Render(new ChatTemplateInput
    {
        Messages = Writer(template).Write(JsonElement.Parse(messages), instructions: null),
        AddGenerationPrompt = false,
        BosToken = "<bos>",
        EosToken = "<eos>",
        Now = DateTimeOffset.UnixEpoch,
    });
}
