using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace Gateway.Benchmarks.StreamProbe;

/// <summary>Opens one stream at a time and times its events.</summary>
internal sealed class StreamClient(HttpClient http, TimeProvider time, int expectedEvents)
{
    private const string Body =
        """{"model":"bench-stream","stream":true,"messages":[{"role":"user","content":"Tell me a long story about a small gateway."}]}""";

    /// <exception cref="InvalidOperationException">The target did not deliver the whole stream.</exception>
    public async Task<StreamSample> RunAsync(Uri url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Content = new StringContent(Body, Encoding.UTF8, "application/json");
        long start = time.GetTimestamp();
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{url} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }

        TimeSpan firstToken = TimeSpan.Zero;
        var delays = new List<TimeSpan>(expectedEvents);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        await foreach (SseItem<string> item in SseParser.Create(body).EnumerateAsync())
        {
            long now = time.GetTimestamp();
            if (item.Data != "[DONE]" && SentAt(item.Data) is { } sent)
            {
                firstToken = delays.Count == 0 ? time.GetElapsedTime(start, now) : firstToken;
                delays.Add(time.GetElapsedTime(sent, now));
            }
        }

        return delays.Count == expectedEvents
            ? new StreamSample(firstToken, delays)
            : throw new InvalidOperationException($"{url} delivered {delays.Count} of {expectedEvents} events.");
    }

    private static long? SentAt(string payload)
    {
        using JsonDocument chunk = JsonDocument.Parse(payload);
        JsonElement choices = chunk.RootElement.GetProperty("choices");
        return choices.GetArrayLength() > 0 && choices[0].GetProperty("delta").TryGetProperty("content", out JsonElement content)
            ? long.Parse(content.GetString()!, CultureInfo.InvariantCulture)
            : null;
    }
}
