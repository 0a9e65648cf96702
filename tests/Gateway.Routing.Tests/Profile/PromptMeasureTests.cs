using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Profile;

/// <summary>What of a request counts as prompt, and how much.</summary>
public sealed class PromptMeasureTests
{
    [Fact]
    public void Prompt_TextOfMessages_CountsWhateverItsShape()
    {
        var whole = Requests.Chat("""{"role":"user","content":"one two three"}""").Prompt;
        var parts = Requests.Chat("""{"role":"user","content":[{"type":"text","text":"one two three"}]}""").Prompt;
        var escaped = Requests.Chat("""{"role":"user","content":"\u006fne\u0020two thr\u0065e"}""").Prompt;

        Assert.Equal(13, whole.Bytes);
        Assert.Equal(1, whole.Messages);
        foreach (var feature in Enum.GetValues<TextFeature>())
        {
            Assert.Equal(whole[feature], parts[feature]);
            Assert.Equal(whole[feature], escaped[feature]);
        }
    }

    [Fact]
    public void Prompt_ToolCallsAndResults_Count()
    {
        var prompt = Requests.Chat(
            """
            {"role":"user","name":"ada","content":"go"},
            {"role":"assistant","content":null,"tool_calls":[
                {"id":"call_1","type":"function","function":{"name":"find","arguments":"{\"a\":1}"}},
                {"id":"call_2","type":"custom","custom":{"name":"run","input":"ls"}}]},
            {"role":"tool","tool_call_id":"call_1","content":"done"},
            {"role":"assistant","refusal":"no","function_call":{"name":"old","arguments":"{}"}}
            """).Prompt;

        Assert.Equal(string.Concat("ada", "go", "find", "{\"a\":1}", "run", "ls", "done", "no", "old", "{}").Length, prompt.Bytes);
        Assert.Equal(4 + 3, prompt.Messages);
    }

    [Fact]
    public void Prompt_Tools_CountWithoutTheirIndents()
    {
        const string compact = ""","tools":[{"type":"function","function":{"name":"weather","description":"Tells the weather.","parameters":{"type":"object"}}}]""";
        const string indented = """
            ,"tools": [
              {
                "type": "function",
                "function": {
                  "name": "weather",
                  "description": "Tells the weather.",
                  "parameters": { "type": "object" }
                }
              }
            ]
            """;
        const string hello = """{"role":"user","content":"Hello"}""";
        int none = Requests.Chat(hello).PromptTokens(TokenizerFamily.OpenAI);
        int tight = Requests.Chat(hello, compact).PromptTokens(TokenizerFamily.OpenAI);
        int wide = Requests.Chat(hello, indented).PromptTokens(TokenizerFamily.OpenAI);

        Assert.InRange(tight - none, 20, 45);
        Assert.InRange(wide - none, 0.9 * (tight - none), 1.35 * (tight - none));
    }

    [Fact]
    public void Prompt_Schema_Counts()
    {
        const string hello = """{"role":"user","content":"Hello"}""";
        const string schema = ""","response_format":{"type":"json_schema","json_schema":{"name":"person","schema":{"type":"object","properties":{"name":{"type":"string"}}}}}""";

        Assert.True(Requests.Chat(hello, schema).PromptTokens(TokenizerFamily.Generic) > Requests.Chat(hello).PromptTokens(TokenizerFamily.Generic) + 20);
        Assert.Equal(
            Requests.Chat(hello).PromptTokens(TokenizerFamily.Generic),
            Requests.Chat(hello, ""","response_format":{"type":"json_object"}""").PromptTokens(TokenizerFamily.Generic));
    }

    [Theory]
    [InlineData("""{"url":"https://example.com/a.png"}""", 765)]
    [InlineData("""{"url":"https://example.com/a.png","detail":"high"}""", 765)]
    [InlineData("""{"detail":"low","url":"https://example.com/a.png"}""", 85)]
    public void Prompt_Image_HasAnAllowance(string image, long tokens)
    {
        var prompt = Requests.Chat($$"""{"role":"user","content":[{"type":"image_url","image_url":{{image}}}]}""").Prompt;

        Assert.Equal(tokens, prompt.FixedTokens);
        Assert.Equal(0, prompt.Bytes);
    }

    [Fact]
    public void Prompt_DataInTheRequest_IsNoText()
    {
        var data = new string('A', 400_000);
        var prompt = Requests.Chat(
            $$$"""
            {"role":"user","content":[
                {"type":"image_url","image_url":{"url":"data:image/png;base64,{{{data}}}"}},
                {"type":"input_audio","input_audio":{"data":"{{{data}}}","format":"mp3"}},
                {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,{{{data}}}"}}]}
            """).Prompt;

        Assert.Equal(0, prompt.Bytes);
        Assert.Equal(765 + 200 + 1500, prompt.FixedTokens);
    }
}
