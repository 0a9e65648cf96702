using Gateway.Engine.ChatTemplates;
using Xunit;

namespace Gateway.Engine.Tests.ChatTemplates;

public sealed class ChatMessagesTests
{
    [Theory]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b é"}],"n":1.0}]""", "a\nb é", "user")]
    [InlineData("""[{"role":"user","content":[]}]""", "", "user")]
    [InlineData("""[{"role":"developer","content":"x"}]""", "x", "system")]
    [InlineData("""[{"role":"developer","content":[{"type":"text","text":"y"}]}]""", "y", "system")]
    public void Normalize_PartsAndDeveloper_BecomeStringAndSystem(string messages, string content, string role)
    {
        var normalized = ChatMessages.Normalize(TemplateRenderer.Json(messages));
        Assert.Equal(content, normalized[0].GetProperty("content").GetString());
        Assert.Equal(role, normalized[0].GetProperty("role").GetString());
    }

    [Fact]
    public void Normalize_OtherFields_StayAsSent()
    {
        var normalized = ChatMessages.Normalize(TemplateRenderer.Json(
            """[{"role":"assistant","content":[{"type":"text","text":"a"}],"tool_calls":[{"n":1.0,"e":1e5}],"content2":null},{"role":"tool","content":null}]"""));
        Assert.Equal("""[{"n":1.0,"e":1e5}]""", normalized[0].GetProperty("tool_calls").GetRawText());
        Assert.Equal("""{"role":"tool","content":null}""", normalized[1].GetRawText());
    }

    [Theory]
    [InlineData("{}", "messages")]
    [InlineData("[1]", "messages[0]")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url"}]}]""", "messages[1].content[1].type")]
    [InlineData("""[{"content":[{"type":"text"}]}]""", "messages[0].content[0].text")]
    [InlineData("""[{"content":["a"]}]""", "messages[0].content[0]")]
    [InlineData("""[{"content":[{"type":1}]}]""", "messages[0].content[0]")]
    [InlineData("""[{"content":[{"type":"text","text":"\ud800"}]}]""", "messages")]
    public void Normalize_WhatTemplatesCannotTake_IsRefusedByPlace(string messages, string parameter)
    {
        var error = Assert.Throws<ChatMessageException>(() => ChatMessages.Normalize(TemplateRenderer.Json(messages)));
        Assert.Equal(parameter, error.Parameter);
        Assert.StartsWith(parameter + ":", error.Message, StringComparison.Ordinal);
    }
}
