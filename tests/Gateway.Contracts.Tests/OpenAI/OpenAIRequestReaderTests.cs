using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Xunit;

namespace Gateway.Contracts.Tests.OpenAI;

public sealed class OpenAIRequestReaderTests
{
    [Fact]
    public void Read_FullRequest_KeepsTheBytesAndTheFieldsThatMatter()
    {
        var body = """ { "messages" : [{"role":"user","content":"Hi"}], "n": 3, "stream": true, "stream_options": {"include_usage": true}, "model": "a\u0062c" } """u8.ToArray();
        var request = OpenAIRequestReader.Read(OpenAIEndpoint.ChatCompletions, body);
        Assert.Equal(OpenAIEndpoint.ChatCompletions, request.Endpoint);
        Assert.Equal("abc", request.Model);
        Assert.Equal(3, request.Choices);
        Assert.True(request.Stream);
        Assert.True(request.IncludeUsage);
        Assert.True(request.Body.Span.SequenceEqual(body));
    }

    [Fact]
    public void Read_SmallestRequest_HasTheDefaults()
    {
        var request = Read("""{"model":"m","prompt":""}""", OpenAIEndpoint.Completions);
        Assert.Equal((false, false, 1), (request.Stream, request.IncludeUsage, request.Choices));
    }

    [Fact]
    public void Read_EveryNameEscaped_IsRecognised()
    {
        static string Escape(string name) => string.Concat(name.Select(character => $"\\u{(int)character:x4}"));
        var body = $$"""{"{{Escape("model")}}":"m","{{Escape("messages")}}":[{"{{Escape("role")}}":"user"}],"{{Escape("stream")}}":true,"{{Escape("stream_options")}}":{"{{Escape("include_usage")}}":true} }""";
        var request = Read(body);
        Assert.Equal((true, true, "m"), (request.Stream, request.IncludeUsage, request.Model));
        Assert.Equal("max_completion_tokens", Assert.Throws<GatewayException>(() => Read($$"""{"{{Escape("max_completion_tokens")}}":0}""")).Error.Param);
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":""", 400)]
    [InlineData("", 400)]
    [InlineData("{}x", 400)]
    [InlineData("""{"\ud800":1}""", 400)]
    [InlineData("""{"model":"\ud800"}""", 400)]
    public void Read_NotJson_IsInvalidJson(string body, int status)
    {
        var error = Assert.Throws<GatewayException>(() => Read(body)).Error;
        Assert.Equal((ErrorCode.CallerInvalidJson, status), (error.Code, error.Code.Status));
    }

    [Fact]
    public void Read_TypeMistake_SaysWhatBelongsThereAndWhatIs()
    {
        var error = Assert.Throws<GatewayException>(() => Read("""{"model":"m","messages":[{"role":"user","content":[]},7]}""")).Error;
        Assert.Equal("messages[1]", error.Param);
        Assert.Equal("'messages[1]' must be an object, but is another number.", error.Message);
    }

    [Theory]
    [InlineData("\"a\"")]
    [InlineData("[\"a\",\"b\"]")]
    [InlineData("[1,2]")]
    [InlineData("[[1],[2,3]]")]
    public void Read_Embeddings_TakesEveryFormOfInput(string input)
    {
        var body = $$"""{"model":"m","input":{{input}},"encoding_format":"base64","dimensions":8,"user":null,"stream":false,"x":[1.50]}""";
        var request = Read(body, OpenAIEndpoint.Embeddings);
        Assert.Equal((OpenAIEndpoint.Embeddings, "m", 1), (request.Endpoint, request.Model, request.Choices));
        Assert.Equal(body.Replace("\"m\"", "\"other\"", StringComparison.Ordinal), Encoding.UTF8.GetString(request.ForProvider("other", forceUsage: true).Span));
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[]}""", OpenAIEndpoint.ChatCompletions)]
    [InlineData("""{"input":"a","model":"m"}""", OpenAIEndpoint.Embeddings)]
    [InlineData("""{"model":"m","prompt":"a"}""", OpenAIEndpoint.Completions)]
    [InlineData("""{"model":"m","metadata":{"input":1}}""", OpenAIEndpoint.ChatCompletions)]
    [InlineData("""{"prompt":"a","messages":[]}""", OpenAIEndpoint.ChatCompletions)]
    [InlineData("[1]", OpenAIEndpoint.ChatCompletions)]
    [InlineData("{", OpenAIEndpoint.ChatCompletions)]
    [InlineData("", OpenAIEndpoint.ChatCompletions)]
    public void EndpointOf_Body_IsTheOneItIsMadeFor(string body, OpenAIEndpoint expected) =>
        Assert.Equal(expected, OpenAIRequestReader.EndpointOf(Encoding.UTF8.GetBytes(body)));

    private static OpenAIRequest Read(string body, OpenAIEndpoint endpoint = OpenAIEndpoint.ChatCompletions) =>
        OpenAIRequestReader.Read(endpoint, Encoding.UTF8.GetBytes(body));
}
