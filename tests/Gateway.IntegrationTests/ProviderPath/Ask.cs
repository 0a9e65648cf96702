using System.Text;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

/// <summary>Requests to a gateway, as bytes that the test chooses.</summary>
internal static class Ask
{
    public const string Whole = """{"model":"auto","messages":[{"role":"user","content":"Hi"}]}""";

    public const string Stream = """{"model":"auto","messages":[{"role":"user","content":"Hi"}],"stream":true}""";

    public const string StreamWithUsage =
        """{"model":"auto","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}}""";

    /// <summary>Returns when the headers are there; the body is still to be read.</summary>
    public static Task<HttpResponseMessage> StartAsync(
        this GatewayUnderTest gateway,
        string body,
        string path = "v1/chat/completions",
        IEnumerable<KeyValuePair<string, string>>? headers = null,
        CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers ?? [])
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), $"{name} is no request header.");
        }

        return gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Asks and reads the answer to its end, be it regular or not.</summary>
    public static async Task<Delivered> SendAsync(
        this GatewayUnderTest gateway, string body, string path = "v1/chat/completions", IEnumerable<KeyValuePair<string, string>>? headers = null)
    {
        using var response = await gateway.StartAsync(body, path, headers);
        return await Delivered.ReadAsync(response);
    }
}
