using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>Short forms of the requests that tests send to the gateway.</summary>
internal static class GatewayRequests
{
    public const string ChatPath = "v1/chat/completions";
    public const string CompletionsPath = "v1/completions";

    public static Task<Answer> ChatAsync(this HttpClient client, string body) => client.PostJsonAsync(ChatPath, Encoding.UTF8.GetBytes(body));

    /// <summary>Serializes <paramref name="body"/> as it is: property names are wire names.</summary>
    public static Task<Answer> ChatAsync(this HttpClient client, object body) => client.PostJsonAsync(ChatPath, JsonSerializer.SerializeToUtf8Bytes(body));

    public static Task<Answer> CompleteAsync(this HttpClient client, object body) =>
        client.PostJsonAsync(CompletionsPath, JsonSerializer.SerializeToUtf8Bytes(body));

    public static Task<Answer> EmbedAsync(this HttpClient client, object body) =>
        client.PostJsonAsync("v1/embeddings", JsonSerializer.SerializeToUtf8Bytes(body));

    public static Task<Answer> PostJsonAsync(this HttpClient client, string path, byte[] body) => client.PostAsync(path, body, "application/json");

    public static async Task<Answer> PostAsync(this HttpClient client, string path, byte[] body, string? contentType, string? contentEncoding = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        if (contentEncoding is not null)
        {
            content.Headers.ContentEncoding.Add(contentEncoding);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        return await client.ReadAsync(request);
    }

    public static async Task<Answer> GetAnswerAsync(this HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await client.ReadAsync(request);
    }

    /// <summary>Holds the log to be free of errors, whoever wrote them.</summary>
    public static void ShouldHaveLoggedNoError(this GatewayUnderTest gateway)
    {
        var errors = gateway.Log.Where(line => line.StartsWith("Error ", StringComparison.Ordinal) || line.StartsWith("Critical ", StringComparison.Ordinal));
        Assert.True(!errors.Any(), string.Join('\n', errors));
    }

    public static async Task<Answer> ReadAsync(this HttpClient client, HttpRequestMessage request)
    {
        using var response = await client.SendAsync(request);
        return new Answer(response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }
}
