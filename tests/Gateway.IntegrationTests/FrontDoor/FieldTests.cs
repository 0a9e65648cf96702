using System.Text;
using Gateway.Contracts.Errors;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>Fields that the gateway reads itself: a mistake is answered by the field's name.</summary>
[Collection(typeof(FrontDoorCollection))]
public sealed class FieldTests(FrontDoorGateway gateway)
{
    public static TheoryData<string, string> WrongMembers => new()
    {
        { "stream", "\"true\"" },
        { "stream", "1" },
        { "stream_options", "true" },
        { "stream_options", "[]" },
        { "stream_options.include_usage", """{"include_usage":1}""" },
        { "stream_options.include_usage", """{"include_usage":false,"include_usage":true}""" },
        { "n", "0" },
        { "n", "-1" },
        { "n", "\"2\"" },
        { "n", "1.5" },
        { "max_tokens", "-1" },
        { "max_tokens", "0" },
        { "max_tokens", "\"10\"" },
        { "max_tokens", "1e99" },
        { "max_tokens", "99999999999999999999" },
        { "max_tokens", "{}" },
        { "max_completion_tokens", "-5" },
        { "max_completion_tokens", "0" },
        { "max_completion_tokens", "[1]" },
        { "top_logprobs", "-1" },
        { "top_logprobs", "true" },
        { "seed", "\"x\"" },
        { "seed", "0.5" },
        { "temperature", "\"hot\"" },
        { "temperature", "[0]" },
        { "top_p", "{}" },
        { "presence_penalty", "true" },
        { "frequency_penalty", "\"\"" },
        { "tools", "{}" },
        { "tools", "\"all\"" },
        { "response_format", "\"json\"" },
        { "response_format", "[]" },
        { "logit_bias", "[]" },
        { "logit_bias", "1" },
        { "stop", "1" },
        { "stop", "{}" },
        { "stop", "true" },
    };

    public static TheoryData<string, string> WrongMessages => new()
    {
        { "messages", "\"Hi\"" },
        { "messages", "{}" },
        { "messages", "null" },
        { "messages", "[]" },
        { "messages[0]", "[\"Hi\"]" },
        { "messages[1]", """[{"role":"user","content":"Hi"},null]""" },
        { "messages[0].role", """[{"role":1,"content":"Hi"}]""" },
        { "messages[0].role", """[{"role":null,"content":"Hi"}]""" },
        { "messages[0].content", """[{"role":"user","content":1}]""" },
        { "messages[0].content", """[{"role":"user","content":{"text":"Hi"}}]""" },
        { "messages[2].content", """[{"role":"user","content":"a"},{"role":"assistant","content":null},{"role":"user","content":true}]""" },
    };

    [Theory]
    [MemberData(nameof(WrongMembers))]
    public async Task Chat_WrongValue_NamesTheField(string param, string value)
    {
        var name = param.Split('.')[0];
        var answer = await gateway.Client.ChatAsync($$"""{"model":"auto","messages":[{"role":"user","content":"Hi"}],"{{name}}":{{value}}}""");
        Assert.Contains($"'{param}'", answer.ShouldBe(ErrorCode.CallerInvalidField, param), StringComparison.Ordinal);
        await gateway.ShouldStillServeAsync();
    }

    [Theory]
    [MemberData(nameof(WrongMessages))]
    public async Task Chat_WrongMessages_NamesTheirPath(string param, string messages)
    {
        (await gateway.Client.ChatAsync($$"""{"model":"auto","messages":{{messages}}}""")).ShouldBe(ErrorCode.CallerInvalidField, param);
        await gateway.ShouldStillServeAsync();
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}]}""", "caller_missing_field", "model")]
    [InlineData("""{"model":null,"messages":[{"role":"user","content":"Hi"}]}""", "caller_invalid_field", "model")]
    [InlineData("""{"model":"","messages":[{"role":"user","content":"Hi"}]}""", "caller_invalid_field", "model")]
    [InlineData("""{"model":7,"messages":[{"role":"user","content":"Hi"}]}""", "caller_invalid_field", "model")]
    [InlineData("""{"model":["auto"],"messages":[{"role":"user","content":"Hi"}]}""", "caller_invalid_field", "model")]
    [InlineData("""{"model":"auto"}""", "caller_missing_field", "messages")]
    [InlineData("""{"model":"auto","prompt":"Hi"}""", "caller_missing_field", "messages")]
    [InlineData("""{"model":"auto","messages":[{"content":"Hi"}]}""", "caller_missing_field", "messages[0].role")]
    [InlineData("""{}""", "caller_missing_field", "model")]
    [InlineData("""{"model":"auto","model":"fake/echo","messages":[{"role":"user","content":"Hi"}]}""", "caller_invalid_field", "model")]
    [InlineData("""{"model":"auto","\u006d\u006f\u0064\u0065\u006c":"fake/echo","messages":[{"role":"user","content":"Hi"}]}""", "caller_invalid_field", "model")]
    [InlineData("""{"model":"auto","messages":[{"role":"user","content":"Hi"}],"messages":[]}""", "caller_invalid_field", "messages")]
    [InlineData("""{"model":"auto","messages":[{"role":"user","content":"Hi"}],"stream":false,"stream":true}""", "caller_invalid_field", "stream")]
    [InlineData("""{"model":"auto","messages":[{"role":"user","content":"Hi"}],"stream":false,"\u0073\u0074\u0072\u0065\u0061\u006d":true}""", "caller_invalid_field", "stream")]
    [InlineData("""{"model":"auto","messages":[{"role":"user","content":"Hi"}],"n":1,"n":2}""", "caller_invalid_field", "n")]
    public async Task Chat_MissingOrRepeatedField_NamesIt(string body, string code, string param)
    {
        (await gateway.Client.ChatAsync(body)).ShouldBe(ErrorCode.All.Single(known => known.Name == code), param);
        await gateway.ShouldStillServeAsync();
    }

    [Theory]
    [InlineData("""{"model":"auto"}""", "caller_missing_field", "prompt")]
    [InlineData("""{"model":"auto","messages":[]}""", "caller_missing_field", "prompt")]
    [InlineData("""{"model":"auto","prompt":1}""", "caller_invalid_field", "prompt")]
    [InlineData("""{"model":"auto","prompt":null}""", "caller_invalid_field", "prompt")]
    [InlineData("""{"model":"auto","prompt":"Hi","max_tokens":-1}""", "caller_invalid_field", "max_tokens")]
    [InlineData("""{"model":"auto","prompt":"Hi","prompt":"Ho"}""", "caller_invalid_field", "prompt")]
    public async Task Completions_WrongField_NamesIt(string body, string code, string param) =>
        (await gateway.Client.PostJsonAsync(GatewayRequests.CompletionsPath, Encoding.UTF8.GetBytes(body)))
            .ShouldBe(ErrorCode.All.Single(known => known.Name == code), param);

    [Theory]
    [InlineData("gpt-17")]
    [InlineData("AUTO")]
    [InlineData("fake/")]
    [InlineData("fake/echo/")]
    [InlineData("other/echo")]
    [InlineData("../auto")]
    [InlineData("auto ")]
    [InlineData("模型 \\u0000 \\\" <script>")]
    public async Task Chat_UnknownModel_IsModelNotFound(string model)
    {
        (await gateway.Client.ChatAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}]}""")).ShouldBe(ErrorCode.CallerModelNotFound, "model");
        await gateway.ShouldStillServeAsync();
    }

    [Fact]
    public async Task Chat_ModelNameOf100000Characters_IsModelNotFoundInAFewWords()
    {
        var answer = await gateway.Client.ChatAsync($$"""{"model":"{{new string('m', 100_000)}}","messages":[{"role":"user","content":"Hi"}]}""");
        Assert.InRange(answer.ShouldBe(ErrorCode.CallerModelNotFound, "model").Length, 1, 300);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("echo")]
    [InlineData("fake/echo")]
    [InlineData("org/echo:1")]
    [InlineData("fake/org/echo:1")]
    [InlineData("\\u0061uto")]
    public async Task Chat_EveryNameOfAModel_IsServed(string model)
    {
        var answer = await gateway.Client.ChatAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}]}""");
        Assert.NotEmpty(answer.Text);
        Assert.Equal("fake", answer.Headers.GetValues("x-gateway-provider").Single());
        Assert.Equal("1", answer.Headers.GetValues("x-gateway-attempts").Single());
    }

    [Fact]
    public async Task Chat_NullForEveryOptionalField_IsServed()
    {
        const string Fields = "stream,stream_options,n,max_tokens,max_completion_tokens,top_logprobs,seed,temperature,top_p,presence_penalty,frequency_penalty,tools,response_format,logit_bias,stop";
        var nulls = string.Concat(Fields.Split(',').Select(name => $",\"{name}\":null"));
        Assert.NotEmpty((await gateway.Client.ChatAsync($$"""{"model":"auto","messages":[{"role":"user","content":"Hi"}]{{nulls}}}""")).Text);
    }
}
