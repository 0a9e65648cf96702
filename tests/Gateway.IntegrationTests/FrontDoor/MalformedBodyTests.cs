using System.Text;
using Gateway.Contracts.Errors;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>Bodies that are no JSON object: each gets a clear 400, and the gateway is none the worse for it.</summary>
[Collection(typeof(FrontDoorCollection))]
public sealed class MalformedBodyTests(FrontDoorGateway gateway)
{
    public static TheoryData<string, string> Malformed => new()
    {
        { "empty", "" },
        { "white space", " \r\n\t " },
        { "truncated in a string", """{"model":"auto","messages":[{"role":"user","content":"Hi""" },
        { "truncated after a comma", """{"model":"auto",""" },
        { "no closing brace", """{"model":"auto","messages":[{"role":"user","content":"Hi"}]""" },
        { "trailing garbage", FrontDoorGateway.GoodBody + "x" },
        { "two objects", FrontDoorGateway.GoodBody + FrontDoorGateway.GoodBody },
        { "byte order mark", "\uFEFF" + FrontDoorGateway.GoodBody },
        { "top-level array", "[" + FrontDoorGateway.GoodBody + "]" },
        { "top-level string", "\"auto\"" },
        { "top-level null", "null" },
        { "comment", """{/* route */"model":"auto","messages":[{"role":"user","content":"Hi"}]}""" },
        { "trailing comma", """{"model":"auto","messages":[{"role":"user","content":"Hi"}],}""" },
        { "single quotes", """{'model':'auto'}""" },
        { "unquoted name", """{model:"auto"}""" },
        { "NaN", """{"model":"auto","messages":[{"role":"user","content":"Hi"}],"temperature":NaN}""" },
        { "leading zero", """{"model":"auto","messages":[{"role":"user","content":"Hi"}],"max_tokens":01}""" },
        { "control character in a string", "{\"model\":\"au\u0001to\"}" },
        { "bad escape", """{"model":"au\qto"}""" },
        { "form data", "model=auto&messages=Hi" },
        { "10,000 open arrays", new string('[', 10_000) },
        { "10,000 nested arrays in an unknown field", """{"x":""" + new string('[', 10_000) + new string(']', 10_000) + "}" },
        { "10,000 nested objects in a message", """{"model":"auto","messages":[""" + string.Concat(Enumerable.Repeat("{\"x\":", 10_000)) },
        { "lone surrogate in model", """{"model":"\ud800","messages":[{"role":"user","content":"Hi"}]}""" },
        { "lone surrogate in a member's name", """{"\udc00":1,"model":"auto","messages":[{"role":"user","content":"Hi"}]}""" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Post_MalformedJson_IsInvalidJson(string kind, string body)
    {
        foreach (var path in new[] { GatewayRequests.ChatPath, GatewayRequests.CompletionsPath })
        {
            var answer = await gateway.Client.PostJsonAsync(path, Encoding.UTF8.GetBytes(body));
            Assert.True(answer.ShouldBe(ErrorCode.CallerInvalidJson).Length > 20, kind);
        }

        await gateway.ShouldStillServeAsync();
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xC0, 0xAF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF4, 0x90, 0x80, 0x80 })]
    public async Task Post_InvalidUtf8_IsInvalidUtf8(byte[] bytes)
    {
        byte[] body = [.. """{"model":"auto","messages":[{"role":"user","content":"a"""u8, .. bytes, .. "\"}]}"u8];
        (await gateway.Client.PostJsonAsync(GatewayRequests.ChatPath, body)).ShouldBe(ErrorCode.CallerInvalidUtf8);
        await gateway.ShouldStillServeAsync();
    }

    [Fact]
    public async Task Post_Utf16Body_IsRefused()
    {
        var body = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(FrontDoorGateway.GoodBody)).ToArray();
        (await gateway.Client.PostJsonAsync(GatewayRequests.ChatPath, body)).ShouldBe(ErrorCode.CallerInvalidUtf8);
    }

    [Fact]
    public async Task Post_NestedAsDeeplyAsIsAllowed_IsServed()
    {
        var body = $$"""{"model":"auto","messages":[{"role":"user","content":"Hi"}],"metadata":{{new string('[', 100)}}{{new string(']', 100)}}}""";
        Assert.NotEmpty((await gateway.Client.ChatAsync(body)).Text);
    }
}
