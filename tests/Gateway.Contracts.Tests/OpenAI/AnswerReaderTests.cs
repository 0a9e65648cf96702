using System.Text;
using Gateway.Contracts.OpenAI;
using Xunit;

namespace Gateway.Contracts.Tests.OpenAI;

public sealed class AnswerReaderTests
{
    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":1,"completion_tokens":2}}""", "{}")]
    [InlineData("""{ "usage" : null }""", "{  }")]
    [InlineData("""{"usage":null,"id":"x"}""", """{"id":"x"}""")]
    [InlineData("""{"usage": {} , "id":"x"}""", """{"id":"x"}""")]
    [InlineData("""{"id":"x","usage":null}""", """{"id":"x"}""")]
    [InlineData("""{"id":"x" , "usage":{"a":[1,{}]} }""", """{"id":"x" }""")]
    [InlineData("""{"id":1e400,"usage":7,"b":{"usage":1}}""", """{"id":1e400,"b":{"usage":1}}""")]
    [InlineData("""{"id":"x","\u0075sage":null,"z":[]}""", """{"id":"x","z":[]}""")]
    public void WithoutUsage_UsageAnywhere_TakesItOutAndLeavesTheRest(string json, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var facts = AnswerReader.Read(bytes);
        Assert.True(facts.HasUsageMember);
        Assert.Equal(expected, Encoding.UTF8.GetString(AnswerReader.WithoutUsage(bytes, facts)));
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""", 0)]
    [InlineData("""{"choices":[{"delta":{"content":"abcd","reasoning_content":"ef"}},{"delta":{"content":"gh"}}]}""", 8)]
    [InlineData("""{"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]}""", 3)]
    [InlineData("""{"choices":[{"text":"abc","index":0}]}""", 3)]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_123","type":"function","function":{"name":"find","arguments":"{\"a"}}]},"finish_reason":null}]}""", 8)]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ab"}},{"index":1,"function":{"arguments":"c"}}],"content":"d"}}]}""", 4)]
    [InlineData("""{"choices":[{"message":{"content":[{"type":"text","text":"abc"}]},"finish_reason":"stop"}],"id":"x"}""", 3)]
    public void Read_WhatTheModelWrote_IsMeasured(string json, int bytes)
    {
        var facts = AnswerReader.Read(Encoding.UTF8.GetBytes(json));

        Assert.True(facts.IsObject);
        Assert.Equal(bytes, facts.TextBytes);
    }

    [Fact]
    public void WithoutUsage_NoUsage_IsTheSame()
    {
        var bytes = """{"id":"x","choices":[{"usage":1}]}"""u8.ToArray();
        var facts = AnswerReader.Read(bytes);
        Assert.False(facts.HasUsageMember);
        Assert.Equal(bytes, AnswerReader.WithoutUsage(bytes, facts));
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""", false)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"}}]}""", true)]
    [InlineData("""{"choices":[{"delta":{"reasoning_content":"a"}}]}""", true)]
    [InlineData("""{"choices":[{"delta":{"reasoning":"a"}}]}""", true)]
    [InlineData("""{"choices":[{"delta":{"refusal":"No"}}]}""", true)]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}""", true)]
    [InlineData("""{"choices":[{"message":{"content":"a"}}]}""", true)]
    [InlineData("""{"choices":[{"text":"a"}]}""", true)]
    [InlineData("""{"choices":[{"text":""}]}""", false)]
    [InlineData("""{"choices":[{"delta":{"content":null}}]}""", false)]
    [InlineData("""{"choices":[]}""", false)]
    [InlineData("""{"choices":[7,null,"x",{"delta":9}]}""", false)]
    public void Read_Choices_SaysWhetherThereIsAToken(string json, bool expected) => Assert.Equal(expected, Read(json).HasToken);

    [Fact]
    public void Read_SeveralChoices_TracksEachByItsIndex()
    {
        var facts = Read("""{"choices":[{"index":2,"finish_reason":"stop"},{"index":0},{"finish_reason":null},{"index":64,"finish_reason":"stop"},{"index":-1,"finish_reason":"stop"}]}""");
        Assert.True(facts.HasChoices);
        Assert.Equal(0b101ul, facts.Choices);
        Assert.Equal(0b100ul, facts.Finished);
    }

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}""", 10, 4, 5, 3)]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2}}""", 10, 8, 5, 0)]
    [InlineData("""{"usage":{"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":99}}}""", 10, 10, 0, 0)]
    [InlineData("""{"usage":{"completion_tokens":-5,"prompt_tokens":1.5}}""", 0, 0, 0, 0)]
    [InlineData("""{"usage":{"prompt_tokens":12,"completion_tokens":2,"total_tokens":331,"completion_tokens_details":{"reasoning_tokens":317}}}""", 12, 0, 319, 317)]
    [InlineData("""{"usage":{"prompt_tokens":32,"completion_tokens":100,"total_tokens":172,"completion_tokens_details":{"reasoning_tokens":40}}}""", 32, 0, 140, 40)]
    [InlineData("""{"usage":{"total_tokens":81,"completion_tokens":0,"prompt_tokens":21}}""", 21, 0, 60, 60)]
    [InlineData("""{"usage":{"prompt_tokens":21,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":60}}}""", 21, 0, 65, 60)]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":50,"total_tokens":60,"completion_tokens_details":{"reasoning_tokens":50}}}""", 10, 0, 50, 50)]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":3}}""", 10, 0, 5, 0)]
    [InlineData("""{"usage":{"prompt_tokens":0,"completion_tokens":5,"total_tokens":105}}""", 0, 0, 5, 0)]
    [InlineData("""{"usage":{"prompt_tokens":10.0,"completion_tokens":5e0}}""", 10, 0, 5, 0)]
    [InlineData("""{"usage":{"prompt_tokens":2147483647,"completion_tokens":2147483648}}""", 2147483647, 0, 0, 0)]
    [InlineData("""{"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1e400}}""", 0, 0, 0, 0)]
    [InlineData("""{"usage":{"prompt_tokens":7,"prompt_tokens_details":null,"completion_tokens_details":[1]}}""", 7, 0, 0, 0)]
    public void Read_Usage_CountsEachKind(string json, long input, long cached, long output, long reasoning) =>
        Assert.Equal(new TokenUsage(input, cached, output, reasoning), Read(json).Usage);

    [Theory]
    [InlineData("""{"usage":null}""")]
    [InlineData("""{"usage":{}}""")]
    [InlineData("""{"usage":[1]}""")]
    [InlineData("""{"id":1}""")]
    public void Read_NoCounts_HasNoUsage(string json) => Assert.Null(Read(json).Usage);

    [Theory]
    [InlineData("""{"error":{"message":"x"}}""", true)]
    [InlineData("""{"error":"x"}""", true)]
    [InlineData("""{"error":null,"choices":[]}""", false)]
    public void Read_Error_IsSeen(string json, bool expected) => Assert.Equal(expected, Read(json).IsError);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"a\":")]
    [InlineData("{}{}")]
    [InlineData("[DONE]")]
    [InlineData("""{"choices":[{"index":0}""")]
    public void Read_NoJsonObject_IsNone(string json) => Assert.False(Read(json).IsObject);

    private static AnswerFacts Read(string json) => AnswerReader.Read(Encoding.UTF8.GetBytes(json));
}
