using System.Net;
using Gateway.Contracts.Errors;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>Without keys the gateway serves this machine only, and no web page of another host through a browser on it.</summary>
[Collection(typeof(FrontDoorCollection))]
public sealed class HostTests(FrontDoorGateway gateway)
{
    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.nip.io:8080")]
    [InlineData("169.254.169.254")]
    [InlineData("0.0.0.0")]
    public async Task Post_HostOfAStranger_IsRefused(string host)
    {
        using var request = Good();
        request.Headers.Host = host;
        (await gateway.Client.ReadAsync(request)).ShouldBe(ErrorCode.PolicyKeyRequired);
        using var models = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { Host = host } };
        (await gateway.Client.ReadAsync(models)).ShouldBe(ErrorCode.PolicyKeyRequired);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:1234")]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.10:80")]
    [InlineData("[::1]:8080")]
    public async Task Post_HostOfThisMachine_IsServed(string host)
    {
        using var request = Good();
        request.Headers.Host = host;
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.ReadAsync(request)).Status);
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("http://localhost.evil.example", false)]
    [InlineData("http://localhost:3000", true)]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://[::1]", true)]
    public async Task Post_FromAWebPage_IsServedForThisMachineOnly(string origin, bool isServed)
    {
        using var request = Good();
        request.Headers.TryAddWithoutValidation("Origin", origin);
        var answer = await gateway.Client.ReadAsync(request);
        if (isServed)
        {
            Assert.NotEmpty(answer.Text);
        }
        else
        {
            answer.ShouldBe(ErrorCode.PolicyKeyRequired);
        }
    }

    private static HttpRequestMessage Good() => new(HttpMethod.Post, GatewayRequests.ChatPath)
    {
        Content = new StringContent(FrontDoorGateway.GoodBody, System.Text.Encoding.UTF8, "application/json"),
    };
}
