using System.Net;
using Gateway.Contracts.Errors;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>Paths and methods: what there is, and what the rest is answered with.</summary>
[Collection(typeof(FrontDoorCollection))]
public sealed class EndpointTests(FrontDoorGateway gateway)
{
    [Theory]
    [InlineData("POST", "chat/completions")]
    [InlineData("POST", "v1/chat")]
    [InlineData("POST", "v1/chat/completions/extra")]
    [InlineData("POST", "v1//chat/completions")]
    [InlineData("POST", "v2/chat/completions")]
    [InlineData("GET", "")]
    [InlineData("GET", "health")]
    [InlineData("GET", "v1/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("DELETE", "admin/nothing")]
    public async Task Send_UnknownEndpoint_IsUnknownEndpoint(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        Assert.Contains("/v1", (await gateway.Client.ReadAsync(request)).ShouldBe(ErrorCode.CallerUnknownEndpoint), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "v1/chat/completions")]
    [InlineData("PUT", "v1/chat/completions")]
    [InlineData("DELETE", "v1/completions")]
    [InlineData("OPTIONS", "v1/chat/completions")]
    [InlineData("PATCH", "v1/chat/completions")]
    [InlineData("BREW", "v1/chat/completions")]
    [InlineData("POST", "v1/models")]
    [InlineData("POST", "health/ready")]
    public async Task Send_WrongMethod_IsMethodNotAllowedAndSaysWhatIs(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await gateway.Client.SendAsync(request);
        Assert.NotEmpty(response.Content.Headers.Allow);
        var answer = new Answer(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
        answer.ShouldBe(ErrorCode.CallerMethodNotAllowed);
    }

    [Theory]
    [InlineData("health/live", HttpStatusCode.OK)]
    [InlineData("health/ready", HttpStatusCode.OK)]
    [InlineData("v1/models", HttpStatusCode.OK)]
    [InlineData("v1/models/auto", HttpStatusCode.OK)]
    [InlineData("v1/models/none", HttpStatusCode.NotFound)]
    [InlineData("v1/chat/completions", HttpStatusCode.MethodNotAllowed)]
    [InlineData("nowhere", HttpStatusCode.NotFound)]
    public async Task Head_AnyPath_HasTheStatusOfGetAndNoBody(string path, HttpStatusCode status)
    {
        var answer = await RawConnection.AskAsync(gateway.Gateway.BaseUrl, $"HEAD /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {(int)status}", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("x-request-id: req_", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetModels_WithoutKeys_ListsRoutesAndModelsByEveryName()
    {
        var list = (await gateway.Client.GetAnswerAsync("v1/models")).OkJson;
        Assert.Equal("list", list.GetProperty("object").GetString());
        Assert.Equal(
            [("auto", "gateway"), ("fake/echo", "fake"), ("fake/org/echo:1", "fake"), ("echo", "fake"), ("org/echo:1", "fake")],
            list.GetProperty("data").EnumerateArray().Select(model => (model.GetProperty("id").GetString(), model.GetProperty("owned_by").GetString())));
        Assert.All(list.GetProperty("data").EnumerateArray(), model =>
        {
            Assert.Equal("model", model.GetProperty("object").GetString());
            Assert.True(model.GetProperty("created").GetInt64() > 1_600_000_000);
        });
    }

    [Theory]
    [InlineData("auto", "auto")]
    [InlineData("fake/org/echo:1", "fake/org/echo:1")]
    [InlineData("fake%2Forg%2Fecho%3A1", "fake/org/echo:1")] // as OpenAI's client for Node writes it
    [InlineData("fake%2forg/echo:1", "fake/org/echo:1")]
    public async Task GetModel_Known_IsTheModel(string path, string id) =>
        Assert.Equal(id, (await gateway.Client.GetAnswerAsync($"v1/models/{path}")).OkJson.GetProperty("id").GetString());

    [Theory]
    [InlineData("gpt-17")]
    [InlineData("%00")]
    [InlineData("a\"b")]
    public async Task GetModel_Unknown_IsModelNotFound(string id)
    {
        var answer = await gateway.Client.GetAnswerAsync($"v1/models/{id}");
        Assert.InRange((int)answer.Status, 400, 404);
        if (answer.Body.Length > 0)
        {
            answer.ShouldBe(ErrorCode.CallerModelNotFound, "model");
        }
    }

    [Fact]
    public async Task Send_AnyRequest_HasAnIdOfItsOwn()
    {
        var first = await gateway.Client.GetAnswerAsync("v1/models");
        var second = await gateway.Client.GetAnswerAsync("v1/models");
        Assert.NotEqual(first.Headers.GetValues("x-request-id").Single(), second.Headers.GetValues("x-request-id").Single());
    }
}
