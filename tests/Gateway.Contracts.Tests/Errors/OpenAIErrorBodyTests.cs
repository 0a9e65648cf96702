using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Contracts.Errors;
using Xunit;

namespace Gateway.Contracts.Tests.Errors;

public sealed class OpenAIErrorBodyTests
{
    [Fact]
    public void ToUtf8_NoParam_HasAllFourKeys() =>
        Assert.Equal(
            """{"error":{"message":"No.","type":"invalid_request_error","param":null,"code":"caller_bad_request"}}""",
            Encoding.UTF8.GetString(OpenAIErrorBody.ToUtf8(new GatewayError(ErrorCode.CallerBadRequest, "No."))));

    [Fact]
    public void ToUtf8_AnyMessage_IsOneLineThatReadsBackAsItWas() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), message =>
        {
            // A lone surrogate has no UTF-8; the writer puts U+FFFD in its place.
            var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(message.Get + "\"\\\n\r\u2028</script>"));
            var body = OpenAIErrorBody.ToUtf8(new GatewayError(ErrorCode.CallerInvalidField, text, Param: text));
            var error = JsonElement.Parse(body).GetProperty("error");
            return error.GetProperty("message").GetString() == text
                && error.GetProperty("param").GetString() == text
                && !body.AsSpan().ContainsAny((byte)'\n', (byte)'\r')
                && OpenAIErrorBody.IsWellFormed(body);
        }));

    [Theory]
    [InlineData("""{"error":{"message":"x"}}""", true)]
    [InlineData("""{"error":{"message":null,"code":1}}""", true)]
    [InlineData("""{"error":"x"}""", false)]
    [InlineData("""{"error":{}}""", false)]
    [InlineData("""[{"error":{"message":"x"}}]""", false)]
    [InlineData("""{"message":"x"}""", false)]
    [InlineData("<html>", false)]
    [InlineData("", false)]
    public void IsWellFormed_Body_IsTheShapeThatClientsParse(string body, bool expected) =>
        Assert.Equal(expected, OpenAIErrorBody.IsWellFormed(Encoding.UTF8.GetBytes(body)));
}
