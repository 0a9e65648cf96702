using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Testing;

namespace Gateway.IntegrationTests.Testing;

/// <summary>Plain HTTP requests to a fake provider.</summary>
internal static class ProviderClient
{
    public static HttpClient Create() => new() { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>A client that trusts nothing but the provider's own certificate.</summary>
    public static HttpClient CreateTrusting(string certificatePem)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { X509Certificate2.CreateFromPem(certificatePem) },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
    }

    public static HttpRequestMessage Post(FakeProvider provider, string body = "{}", Version? version = null) =>
        new(HttpMethod.Post, $"{provider.BaseUrl}/chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Version = version ?? HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    /// <summary>Returns when the headers are there; the body is still to be read.</summary>
    public static Task<HttpResponseMessage> StartAsync(this HttpClient client, FakeProvider provider, string body = "{}") =>
        client.SendAsync(Post(provider, body), HttpCompletionOption.ResponseHeadersRead);

    public static async Task<(HttpStatusCode Status, string Body)> AskAsync(
        this HttpClient client, FakeProvider provider, string body = "{}")
    {
        using HttpResponseMessage response = await client.StartAsync(provider, body);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
