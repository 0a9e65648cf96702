namespace Gateway.Testing;

/// <summary>A whole body with its content-length.</summary>
internal sealed class BodyReply(
    int status, string? contentType, byte[] body, IReadOnlyDictionary<string, string>? headers, ContentCoding encoding) : Reply
{
    internal override async Task SendAsync(Exchange exchange)
    {
        byte[] bytes = encoding == ContentCoding.Identity ? body : Compressed();
        exchange.Response.StatusCode = status;
        exchange.Response.ContentType = contentType;
        exchange.Response.ContentLength = bytes.Length;
        if (encoding != ContentCoding.Identity)
        {
            exchange.Response.Headers.ContentEncoding = encoding.Token();
        }

        foreach ((string name, string value) in headers ?? new Dictionary<string, string>())
        {
            exchange.Response.Headers[name] = value;
        }

        await exchange.Response.Body.WriteAsync(bytes, exchange.Ended);
    }

    private byte[] Compressed()
    {
        using var target = new MemoryStream();
        using (Stream compressor = encoding.Compress(target))
        {
            compressor.Write(body);
        }

        return target.ToArray();
    }
}
