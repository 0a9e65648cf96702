using Xunit;

namespace Gateway.Engine.Tests.ChatTemplates;

public sealed class CallerDataTests
{
    [Theory]
    [InlineData("1.0")]
    [InlineData("1e5")]
    [InlineData("-0")]
    [InlineData("12345678901234567890123")]
    [InlineData("0.10")]
    [InlineData("1E-7")]
    public void ToJson_NumberOfTheCaller_ComesOutAsSent(string number) => Assert.Equal(
        $$"""[{"n": {{number}}}]""", TemplateRenderer.Render("{{ tools | tojson }}", tools: $$"""[{"n":{{number}}}]"""));

    [Fact]
    public void FromJson_Numbers_ComeOutAsSent() => Assert.Equal(
        """{"a": 1.50, "b": 1e5}""",
        TemplateRenderer.Render("{{ messages[0].content | from_json | tojson }}", """[{"role":"user","content":"{\"a\":1.50,\"b\":1e5}"}]"""));

    [Theory]
    [InlineData("""[{"role":"assistant","reasoning_content":"r"}]""", "r r")]
    [InlineData("""[{"role":"assistant","thinking":"t"}]""", "t t")]
    [InlineData("""[{"role":"assistant","thinking":"t","reasoning_content":"r"}]""", "r t")]
    [InlineData("""[{"role":"assistant"}]""", " ")]
    public void Render_Reasoning_IsThereUnderBothNames(string messages, string expected) =>
        Assert.Equal(expected, TemplateRenderer.Render("{{ messages[0].reasoning_content }} {{ messages[0].thinking }}", messages));

    [Fact]
    public void Render_NoTools_AreNone() => Assert.Equal("True True", TemplateRenderer.Render("{{ tools is none }} {{ documents is none }}"));

    [Fact]
    public void Render_RepeatedKey_TakesTheLastValueAtTheFirstPlace() => Assert.Equal(
        """{"a": 3, "b": 2}""", TemplateRenderer.Render("{{ messages[0] | tojson }}", """[{"a":1,"b":2,"a":3}]"""));
}
