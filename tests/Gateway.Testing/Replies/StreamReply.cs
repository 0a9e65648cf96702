using Microsoft.AspNetCore.Http;

namespace Gateway.Testing;

/// <summary>A server-sent event stream, sent as its options say.</summary>
internal sealed class StreamReply(IReadOnlyList<string> events, StreamOptions options) : Reply
{
    internal override async Task SendAsync(Exchange exchange)
    {
        IReadOnlyList<byte[]> parts = new StreamEncoder(options).Encode(Payloads(exchange.Request));
        await SendHeadersAsync(exchange, parts.Sum(part => (long)part.Length));
        await SendPartsAsync(exchange, parts);
        switch (options.End)
        {
            case StreamEnd.Close:
                await exchange.CloseAsync();
                break;
            case StreamEnd.Reset:
                await exchange.ResetAsync();
                break;
            case StreamEnd.Silence:
                await exchange.StaySilentAsync();
                break;
        }
    }

    private static async Task WriteAsync(Exchange exchange, ReadOnlyMemory<byte> bytes)
    {
        await exchange.Response.Body.WriteAsync(bytes, exchange.Ended);
        await exchange.Response.Body.FlushAsync(exchange.Ended);
    }

    private IEnumerable<string> Payloads(RecordedRequest request)
    {
        bool sendUsage = options.UsageChunk switch
        {
            UsageChunk.Never => false,
            UsageChunk.WhenAsked => request.Json["stream_options"]?["include_usage"]?.GetValue<bool>() ?? false,
            _ => true,
        };
        return sendUsage ? events : events.Where(payload => !ChatEvents.IsUsage(payload));
    }

    private async Task SendHeadersAsync(Exchange exchange, long length)
    {
        HttpResponse response = exchange.Response;
        response.StatusCode = options.Status;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.ContentLength = options.DeclareContentLength ? length : null;
        if (options.ContentCoding != ContentCoding.Identity)
        {
            response.Headers.ContentEncoding = options.ContentCoding.Token();
        }

        foreach ((string name, string value) in options.Headers)
        {
            response.Headers[name] = value;
        }

        await response.Body.FlushAsync(exchange.Ended);
    }

    private async Task SendPartsAsync(Exchange exchange, IReadOnlyList<byte[]> parts)
    {
        if (options.Chunking.JoinsEvents)
        {
            for (int i = 0; i < parts.Count; i++)
            {
                await WaitForTurnAsync(i, exchange.Ended);
            }

            parts = [parts.SelectMany(part => part).ToArray()];
        }

        long position = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            if (!options.Chunking.JoinsEvents)
            {
                await WaitForTurnAsync(i, exchange.Ended);
            }

            foreach (ReadOnlyMemory<byte> piece in options.Chunking.Cut(parts[i], position))
            {
                await WriteAsync(exchange, piece);
                if (options.Chunking.Pause > TimeSpan.Zero)
                {
                    await Task.Delay(options.Chunking.Pause, exchange.Ended);
                }
            }

            position += parts[i].Length;
        }
    }

    private async Task WaitForTurnAsync(int index, CancellationToken ended)
    {
        TimeSpan delay = index == 0 ? options.FirstEventDelay : options.EventDelay;
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, ended);
        }

        if (options.Gate is { } gate)
        {
            await gate.PassAsync(ended);
        }
    }
}
