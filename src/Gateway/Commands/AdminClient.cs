using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Gateway.Commands;

/// <summary>Asks a running gateway's API under <c>/admin</c>, with the admin key of the environment.</summary>
internal sealed class AdminClient : IDisposable
{
    /// <summary>Holds the admin key. Not an option: the arguments of a process are for everybody on its machine to read.</summary>
    public const string KeyVariable = "GATEWAY_ADMIN_KEY";

    private const string DefaultUrl = "http://127.0.0.1:8080";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;

    private AdminClient(Uri url)
    {
        // No redirects: the key goes to the address that was named, and nowhere else.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = url, Timeout = Limit };
        if (Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Trim());
        }
    }

    public static Option<string> UrlOption() => new("--url")
    {
        Description = $"The gateway's address. The admin key is taken from {KeyVariable}.",
        DefaultValueFactory = _ => DefaultUrl,
    };

    /// <summary>Runs a verb against the gateway; what goes wrong becomes one line on <paramref name="error"/> and exit code 1.</summary>
    public static async Task<int> RunAsync(string url, TextWriter error, Func<AdminClient, Task> verb)
    {
        try
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            {
                throw new HttpRequestException("--url is no address. Write http://HOST:PORT.");
            }

            using var client = new AdminClient(address);
            await verb(client);
            return 0;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or TaskCanceledException { InnerException: TimeoutException })
        {
            await error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    /// <exception cref="HttpRequestException">The gateway does not answer, or refuses; the message is its own.</exception>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => ReadAsync(_http.GetAsync(path, cancellationToken), cancellationToken);

    /// <inheritdoc cref="GetAsync"/>
    public Task<JsonElement> PostAsync(string path, IReadOnlyDictionary<string, object> body, CancellationToken cancellationToken) =>
        ReadAsync(_http.PostAsJsonAsync(path, body, cancellationToken), cancellationToken);

    /// <summary>Asks for something, with a body and the revision that it replaces where there are any.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public Task<JsonElement> SendAsync(HttpMethod method, string path, string? json, string? ifMatch, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", $"\"{ifMatch}\"");
        }

        return ReadAsync(_http.SendAsync(request, cancellationToken), cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<JsonElement> ReadAsync(Task<HttpResponseMessage> asked, CancellationToken cancellationToken)
    {
        using var response = await asked;
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return text.Length == 0 ? default : JsonElement.Parse(text);
        }

        throw new HttpRequestException($"The gateway answered {(int)response.StatusCode}: {Message(text) ?? response.ReasonPhrase}");
    }

    private static string? Message(string text)
    {
        try
        {
            return JsonElement.Parse(text).GetProperty("error").GetProperty("message").GetString();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
