using System.IO.Compression;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// Unpacks an answer that a provider compressed although it was asked not to: events inside a compressed stream could neither be
/// read nor be forwarded one by one.
/// </summary>
internal sealed class ContentDecodingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.Content.Headers.ContentEncoding.Count == 0)
        {
            return response;
        }

        var encodings = response.Content.Headers.ContentEncoding.Reverse().ToArray();
        if (encodings.Any(encoding => Decoder(encoding) is null))
        {
            response.Dispose();
            throw new UnknownContentCodingException(string.Join(", ", encodings));
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var decoded = new StreamContent(encodings.Aggregate(stream, (packed, encoding) => Decoder(encoding)!(packed)));
        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            if (!name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase) && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                decoded.Headers.TryAddWithoutValidation(name, values);
            }
        }

        response.Content = decoded;
        return response;
    }

    private static Func<Stream, Stream>? Decoder(string encoding) => encoding.ToLowerInvariant() switch
    {
        "identity" => stream => stream,
        "gzip" or "x-gzip" => stream => new GZipStream(stream, CompressionMode.Decompress),
        "deflate" => stream => new ZLibStream(stream, CompressionMode.Decompress),
        "br" => stream => new BrotliStream(stream, CompressionMode.Decompress),
        _ => null,
    };
}
