using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Profile;

public sealed class RequestProfilerTests
{
    private const string Hello = """{"role":"user","content":"Hello"}""";

    [Theory]
    [InlineData("", ModelCapabilities.None)]
    [InlineData(""","tools":[{"type":"function","function":{"name":"f"}}]""", ModelCapabilities.Tools)]
    [InlineData(""","functions":[{"name":"f"}]""", ModelCapabilities.Tools)]
    [InlineData(""","tools":[]""", ModelCapabilities.None)]
    [InlineData(""","tools":null,"functions":{}""", ModelCapabilities.None)]
    [InlineData(""","response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{}}}""", ModelCapabilities.JsonSchema)]
    [InlineData(""","response_format":{"type":"json_object"}""", ModelCapabilities.JsonObject)]
    [InlineData(""","response_format":{"type":"text"}""", ModelCapabilities.None)]
    [InlineData(""","response_format":{"type":{"type":"json_object"}}""", ModelCapabilities.None)]
    [InlineData(""","response_format":null""", ModelCapabilities.None)]
    [InlineData(""","logprobs":true""", ModelCapabilities.Logprobs)]
    [InlineData(""","logprobs":false,"top_logprobs":0""", ModelCapabilities.None)]
    [InlineData(""","logprobs":5""", ModelCapabilities.None)]
    [InlineData(""","top_logprobs":2""", ModelCapabilities.Logprobs)]
    [InlineData(""","n":2""", ModelCapabilities.MultipleChoices)]
    [InlineData(""","n":1""", ModelCapabilities.None)]
    [InlineData(""","modalities":["text","audio"],"audio":{"voice":"alloy"}""", ModelCapabilities.Audio)]
    [InlineData(""","modalities":["text"],"audio":null""", ModelCapabilities.None)]
    [InlineData(""","reasoning_effort":"high","seed":1""", ModelCapabilities.Reasoning)]
    [InlineData(""","reasoning_effort":"minimal" """, ModelCapabilities.Reasoning)]
    [InlineData(""","reasoning_effort":"none" """, ModelCapabilities.None)]
    [InlineData(""","reasoning_effort":null""", ModelCapabilities.None)]
    [InlineData(""","structured_outputs":{"json":{"type":"object"}}""", ModelCapabilities.JsonSchema)]
    [InlineData(""","structured_outputs":{"json":null,"regex":"a+"}""", ModelCapabilities.JsonSchema)]
    [InlineData(""","structured_outputs":{"choice":["a","b"],"json_object":false}""", ModelCapabilities.JsonSchema)]
    [InlineData(""","structured_outputs":{"json_object":true,"disable_any_whitespace":true}""", ModelCapabilities.JsonObject)]
    [InlineData(""","structured_outputs":{"json":null}""", ModelCapabilities.None)]
    [InlineData(""","structured_outputs":null,"seed":1""", ModelCapabilities.None)]
    [InlineData(""","t\u006fols":[{}],"logpr\u006fbs":true""", ModelCapabilities.Tools | ModelCapabilities.Logprobs)]
    public void Read_Chat_NeedsWhatItAsksFor(string more, ModelCapabilities expected) => Assert.Equal(expected, Requests.Chat(Hello, more).Needs);

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}""", ModelCapabilities.Vision)]
    [InlineData("""{"role":"user","content":[{"image_url":"https://x/y.png","type":"image_url"}]}""", ModelCapabilities.Vision)]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":null}]}""", ModelCapabilities.None)]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"a"}}]}""", ModelCapabilities.Vision)]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]}""", ModelCapabilities.Audio)]
    [InlineData("""{"role":"user","content":"a"},{"role":"assistant","audio":{"id":"x"},"content":null},{"role":"user","content":"b"}""", ModelCapabilities.Audio)]
    [InlineData("""{"role":"user","content":"an image_url"}""", ModelCapabilities.None)]
    public void Read_Parts_NeedWhatTheyHold(string messages, ModelCapabilities expected) => Assert.Equal(expected, Requests.Chat(messages).Needs);

    [Theory]
    [InlineData("", ModelCapabilities.Completions, 1)]
    [InlineData(""","logprobs":0""", ModelCapabilities.Completions | ModelCapabilities.Logprobs, 1)]
    [InlineData(""","logprobs":null""", ModelCapabilities.Completions, 1)]
    [InlineData(""","n":2""", ModelCapabilities.Completions | ModelCapabilities.MultipleChoices, 2)]
    [InlineData(""","best_of":5""", ModelCapabilities.Completions | ModelCapabilities.MultipleChoices, 5)]
    public void Read_Completion_NeedsItsEndpoint(string more, ModelCapabilities needs, int choices)
    {
        var profile = Requests.Completion("\"Once upon a time\"", more);

        Assert.Equal(needs, profile.Needs);
        Assert.Equal(choices, profile.Choices);
    }

    [Theory]
    [InlineData("\"Once upon a time\"", 1)]
    [InlineData("[\"Once upon\",\"a time\",\"there was\"]", 3)]
    [InlineData("[1,2,3,4]", 1)]
    [InlineData("[[1,2],[3,4]]", 2)]
    public void Read_Embeddings_AreTextsWithoutAnAnswer(string input, int texts)
    {
        var profile = Requests.Profile($$"""{"model":"auto","input":{{input}},"max_tokens":7,"n":3}""", OpenAIEndpoint.Embeddings);

        Assert.Equal((ModelCapabilities.Embeddings, 0, 1, texts), (profile.Needs, profile.MaxOutputTokens, profile.Choices, profile.Prompts));
        Assert.InRange(profile.PromptTokens(TokenizerFamily.Generic), 3, 12);
        Assert.Equal(profile.Fingerprint, profile.PrefixHash);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(""","max_tokens":10""", 10)]
    [InlineData(""","max_completion_tokens":20,"max_tokens":10""", 20)]
    [InlineData(""","max_tokens":10,"max_completion_tokens":20""", 20)]
    [InlineData(""","max_tokens":10,"max_completion_tokens":null""", 10)]
    [InlineData(""","max_tokens":99999999999""", int.MaxValue)]
    public void Read_Limits_PreferTheNewerName(string more, int? expected) => Assert.Equal(expected, Requests.Chat(Hello, more).MaxOutputTokens);

    [Theory]
    [InlineData("\"the\"", 1, 1, "the")]
    [InlineData("""["the","of"]""", 2, 2, "the\nof")]
    [InlineData("[1,2,3]", 1, 3, "")]
    [InlineData("[[1,2,3],[4,5]]", 2, 5, "")]
    [InlineData("[]", 1, 0, "")]
    [InlineData("[true,{},[[7]]]", 1, 0, "")]
    public void Read_PlainPrompts_CountForThemselves(string prompt, int choices, int tokens, string question)
    {
        var profile = Requests.Completion(prompt);

        Assert.Equal(choices, profile.Choices);
        Assert.Equal(tokens, profile.PromptTokens(TokenizerFamily.Generic));
        Assert.Equal(question, profile.Question);
    }

    [Fact]
    public void Read_PlainPrompt_CountsSuffix()
    {
        Assert.Equal(9, Requests.Completion("\"def f\"", ",\"suffix\":\"    \"").Prompt.Bytes);
        Assert.Equal(5, Requests.Chat(Hello, ",\"suffix\":\"    \",\"prompt\":\"no\"").Prompt.Bytes);
    }

    [Theory]
    [InlineData("""{"role":"system","content":"Be brief."},{"role":"user","content":"One?"},{"role":"assistant","content":"Yes"},{"role":"user","content":"Two?"}""", "Two?")]
    [InlineData("""{"content":"Two?","role":"user"},{"role":"assistant","content":"Yes"}""", "Two?")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"See"},{"type":"image_url","image_url":{"url":"data:x"}},{"text":"this","type":"text"}]}""", "See\nthis")]
    [InlineData("""{"role":"user","content":"Caf\u00e9 \ud83d\ude00\n\"q\""}""", "Café \ud83d\ude00\n\"q\"")]
    [InlineData("""{"role":"system","content":"Only this."}""", "Only this.")]
    [InlineData("""{"role":"user","content":null}""", "")]
    [InlineData("""{"role":"user","content":[]}""", "")]
    [InlineData("""{"role":"user","content":["plain"]}""", "plain")]
    [InlineData("""{"role":"user"}""", "")]
    public void Read_Question_IsTheLastMessageOfTheUser(string messages, string expected) => Assert.Equal(expected, Requests.Chat(messages).Question);

    [Fact]
    public void Read_LongQuestion_KeepsItsEnds()
    {
        var text = "first " + new string('x', 200_000) + " last";

        var question = Requests.Chat(Requests.Message("user", text)).Question;

        Assert.StartsWith("first x", question, StringComparison.Ordinal);
        Assert.EndsWith("x last", question, StringComparison.Ordinal);
        Assert.Equal(QuestionText.HeadBytes + 1 + QuestionText.TailBytes, question.Length);
    }

    [Fact]
    public void Read_Schema_MakesAnExtraction()
    {
        var schema = ""","response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}}""";

        Assert.Equal(TaskKind.Extraction, Requests.Chat(Hello, schema).Task);
        Assert.Equal(TaskKind.General, Requests.Chat(Hello).Task);
        Assert.Equal(TaskKind.Math, Requests.Chat("""{"role":"user","content":"Solve x^2 = 4."}""").Task);
    }

    [Fact]
    public void Read_Difficulty_IsThatOfTheQuestion()
    {
        var profile = Requests.Chat("""{"role":"system","content":"Be brief."},{"role":"user","content":"Prove Fermat's last theorem."}""");

        Assert.Equal(Gateway.Routing.Difficulty.DifficultyModel.Default.Estimate("Prove Fermat's last theorem."), profile.Difficulty);
        Assert.Equal(profile.Difficulty, profile.Difficulty);
    }

    [Theory]
    [InlineData("""{"role":"user","content":"\ud800 and \udc00\ud800"}""", "")]
    [InlineData("""{"role":"user","content":[1,true,null,[[]],{"text":5},{"text":{"text":"x"}},{"image_url":7},{"input_audio":"x"},{"input_audio":{"data":{}}},{"file":[]}]}""", "")]
    [InlineData("""{"role":"user","content":"a","name":{},"tool_calls":{},"function_call":[1],"audio":7,"refusal":[]}""", "")]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[1,null,{"function":{"name":5,"arguments":{"a":[{}]}}},{"function":"x"}]}""", "")]
    [InlineData("""{"role":"user","content":[{"\ud800":1,"ty\ud800pe":2,"text":"\udfff"}]}""", "")]
    [InlineData("""{"role":"user","content":"a"}""", ""","tools":[1,null,"x",[[]]],"response_format":{"type":7,"json_schema":[]},"modalities":[1,["audio"]],"audio":[],"logprobs":{},"best_of":-3""")]
    [InlineData("""{"role":"user","content":"a"}""", ""","modalities":"audio","functions":"x","logprobs":[],"tools":[]""")]
    public void Read_OddValues_CountAsNothing(string messages, string more)
    {
        var profile = Requests.Chat(messages, more);

        Assert.Equal(1, profile.Choices);
        Assert.InRange(profile.PromptTokens(TokenizerFamily.Generic), 1, 100);
        Assert.Equal(ModelCapabilities.None, profile.Needs & (ModelCapabilities.JsonObject | ModelCapabilities.JsonSchema | ModelCapabilities.Logprobs));
    }
}
