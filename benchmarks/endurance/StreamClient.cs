using System.Text;
using System.Text.Json;

namespace Gateway.Benchmarks.Endurance;

/// <summary>Asks questions over HTTP and puts their streamed answers together.</summary>
internal sealed class StreamClient(Uri gateway) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>The whole answer.</summary>
    /// <exception cref="InvalidOperationException">The answer is no stream, or has no end.</exception>
    public async Task<string> AskAsync(Question question)
    {
        var (text, isWhole) = await ReadAsync(question, mostEvents: int.MaxValue).ConfigureAwait(false);
        return isWhole ? text : throw new InvalidOperationException($"The stream of '{question.Text}' ended without its end mark: {text}");
    }

    /// <summary>What has come of an answer after so many events; then the client is gone.</summary>
    public async Task<string> LeaveAsync(Question question, int mostEvents) => (await ReadAsync(question, mostEvents).ConfigureAwait(false)).Text;

    public Task<string> MetricsAsync() => _http.GetStringAsync("metrics");

    public async Task<bool> IsReadyAsync()
    {
        using var response = await _http.GetAsync("health/ready").ConfigureAwait(false);
        return response.IsSuccessStatusCode;
    }

    public void Dispose() => _http.Dispose();

    private async Task<(string Text, bool IsWhole)> ReadAsync(Question question, int mostEvents)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = new ByteArrayContent(question.Body) { Headers = { ContentType = new("application/json") } },
        };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"Status {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync().ConfigureAwait(false)}");
        }

        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync().ConfigureAwait(false), Encoding.UTF8);
        var text = new StringBuilder();
        for (var events = 0; events < mostEvents && await lines.ReadLineAsync().ConfigureAwait(false) is { } line;)
        {
            if (line == "data: [DONE]")
            {
                return (text.ToString(), true);
            }

            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                events++;
                text.Append(Content(line["data: ".Length..]));
            }
        }

        return (text.ToString(), false);
    }

    private static string? Content(string json)
    {
        using var chunk = JsonDocument.Parse(json);
        return chunk.RootElement.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0
            ? choices[0].GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : null
            : throw new InvalidOperationException(json);
    }
}
