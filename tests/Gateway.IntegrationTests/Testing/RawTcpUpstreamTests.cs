using System.Net.Sockets;
using System.Text;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Testing;

public sealed class RawTcpUpstreamTests
{
    [Fact]
    public async Task Script_ReadThenSend_AnswersAndRecordsTheRequest()
    {
        var released = new TaskCompletionSource();
        await using RawTcpUpstream upstream = RawTcpUpstream.Start(
            RawStep.ReadRequest(),
            RawStep.Send("HTTP/1.1 200 OK\r\n"),
            RawStep.WaitFor(released.Task),
            RawStep.Pause(TimeSpan.FromMilliseconds(1)),
            RawStep.Send("content-length: 2\r\n\r\nok"u8.ToArray()));
        using HttpClient client = ProviderClient.Create();
        Task<HttpResponseMessage> call = client.PostAsync(upstream.BaseUrl, new StringContent("the body"));
        await Wait.UntilAsync(() => upstream.Requests.Count == 1);
        Assert.False(call.IsCompleted);

        released.SetResult();

        using HttpResponseMessage response = await call;
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        Assert.EndsWith("\r\n\r\nthe body", Encoding.UTF8.GetString(upstream.Requests[0]), StringComparison.Ordinal);
        Assert.Equal(1, upstream.ConnectionsAccepted);
    }

    [Fact]
    public async Task Script_NotHttp_IsSentAsItIs()
    {
        await using RawTcpUpstream upstream = RawTcpUpstream.Start(RawStep.ReadRequest(), RawStep.Send("SSH-2.0-OpenSSH_9.2\r\n"));
        using HttpClient client = ProviderClient.Create();

        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(upstream.BaseUrl));

        Assert.Equal(HttpRequestError.InvalidResponse, error.HttpRequestError);
    }

    [Fact]
    public async Task Script_ResetWithinTheHeaders_IsAConnectionReset()
    {
        await using RawTcpUpstream upstream = RawTcpUpstream.Start(RawStep.ReadRequest(), RawStep.Send("HTTP/1.1 2"), RawStep.Reset());
        using HttpClient client = ProviderClient.Create();

        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(upstream.BaseUrl));

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.GetBaseException()).SocketErrorCode);
    }

    [Fact]
    public async Task Dispose_ScriptHangs_Ends()
    {
        RawTcpUpstream upstream = RawTcpUpstream.Start(RawStep.ReadRequest(), RawStep.Hang());
        using HttpClient client = ProviderClient.Create();
        Task<string> call = client.GetStringAsync(upstream.BaseUrl);
        await Wait.UntilAsync(() => upstream.Requests.Count == 1);

        await upstream.DisposeAsync().AsTask().WaitAsync(Wait.DefaultTimeout);

        await Assert.ThrowsAsync<HttpRequestException>(() => call);
    }
}
