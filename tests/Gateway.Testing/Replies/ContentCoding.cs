using System.IO.Compression;

namespace Gateway.Testing;

/// <summary>A content coding of RFC 9110 section 8.4.1.</summary>
public enum ContentCoding
{
    Identity,
    Gzip,
    Brotli,

    /// <summary>The zlib format (RFC 1950), which is what HTTP calls deflate.</summary>
    Deflate,
}

internal static class ContentCodings
{
    public static string Token(this ContentCoding coding) => coding switch
    {
        ContentCoding.Gzip => "gzip",
        ContentCoding.Brotli => "br",
        ContentCoding.Deflate => "deflate",
        _ => "identity",
    };

    public static Stream Compress(this ContentCoding coding, Stream target) => coding switch
    {
        ContentCoding.Gzip => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true),
        ContentCoding.Brotli => new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true),
        ContentCoding.Deflate => new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true),
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "Identity has no compressor."),
    };
}
