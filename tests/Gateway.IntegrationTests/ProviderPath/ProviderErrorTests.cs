using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class ProviderErrorTests
{
    [Theory]
    [InlineData("error-400-invalid-request.json", 400)]
    [InlineData("error-400-context-length.json", 400)]
    [InlineData("error-400-content-policy.json", 400)]
    [InlineData("error-404-model-not-found.json", 404)]
    [InlineData("error-400-invalid-request.json", 413)]
    [InlineData("error-400-invalid-request.json", 422)]
    [InlineData("error-429-insufficient-quota.json", 429)]
    [InlineData("error-429-rate-limit.json", 429)]
    [InlineData("error-500-server-error.json", 500)]
    [InlineData("error-503-overloaded.json", 503)]
    public async Task Trap31_ProvidersError_PassesByteForByteWithItsStatus(string fixture, int status)
    {
        foreach (var body in new[] { Ask.Whole, Ask.Stream })
        {
            var answer = await FailAsync(Reply.Fixture(fixture, status), body);

            Assert.Equal(status, (int)answer.Status);
            Assert.Equal(Fixtures.Text(fixture), answer.Text);
            Assert.Equal("application/json", answer.Headers["Content-Type"]);
        }
    }

    [Fact]
    public async Task Trap31_ProvidersErrorWithUnknownFields_PassesByteForByte()
    {
        const string Body = """{ "error" : {"code":400,"message":"a \"b\"\n\u00e9 é","metadata":{"raw":"x","n":12345678901234567890}}, "user_id":"u" }""";

        var answer = await FailAsync(Reply.Json(400, Body));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(Body, answer.Text);
    }

    [Fact]
    public async Task Trap31_ProviderRefusesTheGatewaysKey_Is502AndLeaksNothing()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Error(401, $"Incorrect API key provided: {ProviderEntry.ApiKey}.", "invalid_api_key"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("provider_authentication", answer.ErrorCode);
        AssertNoKey(answer, gateway);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(500)]
    public async Task Trap31_ProviderRepeatsItsKeyInAnError_TheKeyIsBlankedOut(int status)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Error(status, $"Bad header: Bearer {ProviderEntry.ApiKey}.", "bad_header"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal("Bad header: Bearer ***.", (string?)answer.Error["message"]);
        AssertNoKey(answer, gateway);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Trap31_ProviderRepeatsItsKeyInAnErrorEvent_TheKeyIsBlankedOut(int eventsBefore)
    {
        var error = JsonSerializer.Serialize(new { error = new { message = $"Bad header: Bearer {ProviderEntry.ApiKey}.", code = "bad_header" } });
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Stream([.. ChatEvents.Text("Hello").Take(eventsBefore), error]));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Stream);

        Assert.Contains("Bad header: Bearer ***.", answer.Text, StringComparison.Ordinal);
        AssertNoKey(answer, gateway);
    }

    [Theory]
    [InlineData(400, 502, "provider_error")]
    [InlineData(404, 502, "provider_error")]
    [InlineData(429, 429, "provider_rate_limited")]
    [InlineData(500, 502, "provider_error")]
    [InlineData(502, 502, "provider_error")]
    [InlineData(503, 503, "provider_overloaded")]
    public async Task Trap31_ErrorAsHtml_BecomesOneOfOpenAIsShape(int status, int expectedStatus, string code)
    {
        var answer = await FailAsync(Reply.Html(status));

        Assert.Equal(expectedStatus, (int)answer.Status);
        Assert.Equal(code, answer.ErrorCode);
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
        Assert.Equal(["message", "type", "param", "code"], answer.Error.Select(member => member.Key));
        Assert.Contains(status.ToString(CultureInfo.InvariantCulture), (string?)answer.Error["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        400,
        """{"object":"error","message":"This model's maximum context length is 8192 tokens.","type":"BadRequestError","param":null,"code":400}""",
        "This model's maximum context length is 8192 tokens.",
        "BadRequestError",
        "provider_error")]
    [InlineData(422, """{"error":"Input validation error","error_type":"validation"}""", "Input validation error", "invalid_request_error", "provider_error")]
    [InlineData(404, """{"detail":"Not Found"}""", "Not Found", "invalid_request_error", "provider_error")]
    [InlineData(422, """{"detail":[{"loc":["body"]}]}""", """{"detail":[{"loc":["body"]}]}""", "invalid_request_error", "provider_error")]
    [InlineData(503, """{"message":"busy","code":"worker_gone"}""", "busy", "server_error", "worker_gone")]
    public async Task Trap31_ErrorWithAnAccent_KeepsStatusAndMessageInOpenAIsShape(int status, string body, string message, string type, string code)
    {
        var answer = await FailAsync(Reply.Json(status, body));

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(message, (string?)answer.Error["message"]);
        Assert.Equal(type, (string?)answer.Error["type"]);
        Assert.Equal(code, answer.ErrorCode);
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using var elsewhere = await FakeProvider.StartAsync();

        var answer = await FailAsync(Reply.Redirect($"{elsewhere.BaseUrl}/chat/completions"));

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("provider_invalid_response", answer.ErrorCode);
        Assert.False(answer.Headers.ContainsKey("Location"));
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData("""{"error":{"message":"No endpoint took it.","code":502},"user_id":"u"}""")]
    [InlineData("""{"id":"x","choices":[],"error":{"message":"No endpoint took it.","type":"server_error","param":null,"code":"x"}}""")]
    public async Task Error_WithStatus200_IsNoAnswerAndKeepsItsWords(string body)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Json(200, body));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Contains("No endpoint took it.", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3600", "3600")]
    [InlineData("99999999999", "99999999999")]
    [InlineData("Sat, 06 Nov 2094 08:49:37 GMT", "Sat, 06 Nov 2094 08:49:37 GMT")]

    // What passes on as it was, .NET's client shows in the form of today.
    [InlineData("Saturday, 06-Nov-49 08:49:37 GMT", "Sat, 06 Nov 2049 08:49:37 GMT")]
    [InlineData("Sat Nov  6 08:49:37 2094", "Sat, 06 Nov 2094 08:49:37 GMT")]
    public async Task Trap30_RateLimited_RetryAfterPassesAtOnceAndTheProviderIsAskedOnce(string retryAfter, string seen)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("error-429-rate-limit.json", 429, new Dictionary<string, string> { ["Retry-After"] = retryAfter }));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.Equal(seen, answer.Headers["Retry-After"]);
        Assert.Single(provider.Requests);
    }

    [Fact]
    public async Task Trap30_OverloadedInPlainText_RetryAfterPassesWithTheGatewaysError()
    {
        var answer = await FailAsync(Reply.Json(503, "busy", new Dictionary<string, string> { ["Retry-After"] = "30", ["Content-Type"] = "text/plain" }));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("provider_overloaded", answer.ErrorCode);
        Assert.Equal("30", answer.Headers["Retry-After"]);
    }

    [Theory]
    [InlineData("no-such \"model\"")]
    [InlineData("back\\slash/and\nnew\r\nlines\tand\u0001control\u007f")]
    [InlineData("日本語 👋🏽 é \u2028 </script> {0} %s")]
    public async Task Trap26_UnknownModelWithOddCharacters_ErrorIsJsonThatNamesIt(string model)
    {
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", "http://127.0.0.1:1/v1"));

        var answer = await gateway.SendAsync(new JsonObject { ["model"] = model, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user" }) }.ToJsonString());

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("caller_model_not_found", answer.ErrorCode);
        Assert.Equal("model", (string?)answer.Error["param"]);
        Assert.Contains(model, (string?)answer.Error["message"], StringComparison.Ordinal);
    }

    private static async Task<Delivered> FailAsync(Reply reply, string body = Ask.Whole)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(reply);
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));
        return await gateway.SendAsync(body);
    }

    private static void AssertNoKey(Delivered answer, GatewayUnderTest gateway)
    {
        Assert.DoesNotContain(ProviderEntry.ApiKey, answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(answer.Headers.Values, value => value.Contains(ProviderEntry.ApiKey, StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log, line => line.Contains(ProviderEntry.ApiKey, StringComparison.Ordinal));
    }
}
