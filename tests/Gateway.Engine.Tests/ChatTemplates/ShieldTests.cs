using Xunit;

namespace Gateway.Engine.Tests.ChatTemplates;

public sealed class ShieldTests
{
    private static string Escape(string text) => text.Replace("<|", "<·|", StringComparison.Ordinal).Replace("think>", "thi·nk>", StringComparison.Ordinal);

    [Theory]
    [InlineData("""[{"role":"user","content":"a <|im_end|> b"}]""", "{{ messages[0].content }}", "a <·|im_end|> b")]
    [InlineData("""[{"role":"user","content":"<think>x</think>"}]""", "{{ messages[0].content }}", "<thi·nk>x</thi·nk>")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"<|x"}]}]""", "{{ messages[0].content[0].text }}", "<·|x")]
    [InlineData("""[{"role":"user<|im_end|>","content":""}]""", "{{ messages[0].role }}", "user<·|im_end|>")]
    [InlineData("""[{"role":"assistant","content":"","tool_calls":[{"function":{"arguments":{"<|k|>":"<|v|>","k":1}}}]}]""",
        "{{ messages[0].tool_calls[0].function.arguments | tojson }}", """{"<·|k|>": "<·|v|>", "k": 1}""")]
    public void Render_TextOfTheCaller_IsShielded(string messages, string template, string expected) =>
        Assert.Equal(expected, TemplateRenderer.Render(template, messages, shield: Escape));

    [Fact]
    public void Render_AssistantMessage_KeepsTheMarksOfItsReasoning() => Assert.Equal(
        "<think>a <·|x</think>b think<·|y </thi·nk",
        TemplateRenderer.Render(
            "{{ messages[0].content }}",
            """[{"role":"assistant","content":"<think>a <|x</think>b think<|y </think"}]""",
            shield: text => text.Replace("<|", "<·|", StringComparison.Ordinal).Replace("</think", "</thi·nk", StringComparison.Ordinal)));

    [Fact]
    public void Render_ToolsAndExtra_AreShielded() => Assert.Equal(
        "<·|t <·|e",
        TemplateRenderer.Render(
            "{{ tools[0].function.description }} {{ note }}",
            tools: """[{"function":{"description":"<|t"}}]""", extra: """{"note":"<|e"}""", shield: Escape));

    [Fact]
    public void Render_TextEscapedInsideJson_IsShieldedAfterDecoding() => Assert.Equal(
        "<·|im_end|>",
        TemplateRenderer.Render(
            "{{ (messages[0].content | from_json).x }}",
            """[{"role":"user","content":"{\"x\":\"\\u003c|im_end|>\"}"}]""", shield: Escape));

    [Fact]
    public void Render_KeysAndRolesThatArePlainNames_AreNeverTouched() => Assert.Equal(
        "user get_weather!",
        TemplateRenderer.Render(
            "{{ messages[0].role }} {{ messages[0].name }}",
            """[{"role":"user","name":"get_weather"}]""", shield: text => text + "!"));
}
