using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>What the gateway answered, read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string? ContentType, string Body)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonElement.Parse(Body);

    /// <summary>The text of the first choice, of either endpoint.</summary>
    public string Text
    {
        get
        {
            var choice = OkJson.GetProperty("choices")[0];
            return (choice.TryGetProperty("message", out var message) ? message.GetProperty("content") : choice.GetProperty("text")).GetString()!;
        }
    }

    public string FinishReason => OkJson.GetProperty("choices")[0].GetProperty("finish_reason").GetString()!;

    public int PromptTokens => OkJson.GetProperty("usage").GetProperty("prompt_tokens").GetInt32();

    public int CompletionTokens => OkJson.GetProperty("usage").GetProperty("completion_tokens").GetInt32();

    /// <summary>The body of an answer that must be a success.</summary>
    public JsonElement OkJson => Status == HttpStatusCode.OK ? Json : throw new InvalidOperationException($"Status {(int)Status}: {Body}");

    /// <summary>Holds the answer to be this error, in the shape that OpenAI's clients read.</summary>
    /// <param name="expected">The code, with its status and type.</param>
    /// <param name="param">The field at fault; null when none is.</param>
    public string ShouldBe(ErrorCode expected, string? param = null)
    {
        Assert.Equal("application/json", ContentType);
        var root = Json;
        Assert.Equal(["error"], root.EnumerateObject().Select(member => member.Name));
        var error = root.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(member => member.Name));
        Assert.Equal((expected.Name, expected.Status, expected.Type, param), (
            error.GetProperty("code").GetString(), (int)Status, error.GetProperty("type").GetString(), error.GetProperty("param").GetString()));
        Assert.Contains(expected, ErrorCode.All);
        var message = error.GetProperty("message").GetString()!;
        Assert.NotEmpty(message);
        Assert.DoesNotContain("   at ", message, StringComparison.Ordinal);
        Assert.StartsWith("req_", Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
        return message;
    }
}
