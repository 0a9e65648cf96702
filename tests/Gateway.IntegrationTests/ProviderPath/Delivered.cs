using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

/// <summary>What a client received, up to a regular end or to the point where the connection broke.</summary>
internal sealed class Delivered
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private Delivered(HttpResponseMessage response, byte[] bytes, IOException? fault)
    {
        Status = response.StatusCode;
        Headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        Bytes = bytes;
        Fault = fault;
    }

    public HttpStatusCode Status { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    public byte[] Bytes { get; }

    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>A stream without the comments in which the gateway says what it cost.</summary>
    public string TextWithoutSpending => string.Concat(
        Text.Split("\n\n").SkipLast(1).Where(line => !line.StartsWith(": x-gateway-", StringComparison.Ordinal)).Select(line => line + "\n\n"));

    /// <summary>What the request cost, in dollars, from the header or the last comments of a stream.</summary>
    public decimal Cost => decimal.Parse(Told("x-gateway-cost-usd")!, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Why the cost is not what providers reported; null when it is.</summary>
    public string? CostBasis => Told("x-gateway-cost-basis");

    /// <summary>How the connection broke; null when the message ended as HTTP wants it.</summary>
    public IOException? Fault { get; }

    /// <summary>The OpenAI error object of a body that is not a stream.</summary>
    public JsonObject Error => JsonNode.Parse(Bytes)!["error"]!.AsObject();

    public string? ErrorCode => (string?)Error["code"];

    /// <summary>The <c>data:</c> payloads of a stream with one line per event.</summary>
    public IReadOnlyList<string> Events =>
        [.. Text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line["data: ".Length..])];

    /// <summary>Reads the rest of an answer, and puts what was read before in front of it.</summary>
    public static async Task<Delivered> ReadAsync(HttpResponseMessage response, string before = "")
    {
        using var limit = new CancellationTokenSource(Limit);
        using var bytes = new MemoryStream();
        bytes.Write(Encoding.UTF8.GetBytes(before));
        IOException? fault = null;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(limit.Token);
            await body.CopyToAsync(bytes, limit.Token);
        }
        catch (IOException exception)
        {
            fault = exception;
        }

        return new Delivered(response, bytes.ToArray(), fault);
    }

    /// <summary>Reads exactly as many bytes as <paramref name="expected"/> has and compares them; the stream stays open.</summary>
    public static async Task ExpectNextAsync(Stream body, string expected)
    {
        using var limit = new CancellationTokenSource(Limit);
        var bytes = new byte[Encoding.UTF8.GetByteCount(expected)];
        await body.ReadExactlyAsync(bytes, limit.Token);
        Assert.Equal(expected, Encoding.UTF8.GetString(bytes));
    }

    private string? Told(string name) => Headers.GetValueOrDefault(name)
        ?? Text.Split('\n').LastOrDefault(line => line.StartsWith($": {name} ", StringComparison.Ordinal))?[(name.Length + 3)..];

    /// <summary>The stream ended well: regular end of the message, end mark last.</summary>
    public Delivered AssertWholeStream()
    {
        Assert.Equal(HttpStatusCode.OK, Status);
        Assert.True(Fault is null, $"The connection broke: {Fault?.Message} The last event is {Events.LastOrDefault()}");
        Assert.EndsWith("data: [DONE]\n\n", Text, StringComparison.Ordinal);
        return this;
    }

    /// <summary>The stream broke off in the way that no client can take for an end: an error event last, no end mark, a broken connection.</summary>
    public JsonObject AssertBrokenStream()
    {
        Assert.Equal(HttpStatusCode.OK, Status);
        Assert.DoesNotContain("[DONE]", Text, StringComparison.Ordinal);
        var error = JsonNode.Parse(Events[^1])!["error"];
        Assert.True(error is JsonObject, $"The last event is no error: {Events[^1]}");
        Assert.True(Fault is not null, "The connection ended as if the answer were whole.");
        return error.AsObject();
    }
}
