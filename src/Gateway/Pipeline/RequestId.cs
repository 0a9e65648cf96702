using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Gateway.Pipeline;

/// <summary>Names requests: <c>req_</c> and a UUID of version 7 (RFC 9562), so that ids sort by time and nobody can guess one.</summary>
internal static class RequestId
{
    private const string Prefix = "req_";
    private const int TextLength = 32;

    // Of a UUID's 16 bytes the first six are the time in milliseconds.
    private const int TimeBytes = 6;
    private const int RandomBytes = 10;

    /// <summary>Random bytes for this many ids are asked of the system at once: each time it is asked takes as long as all the rest.</summary>
    private const int Stock = 64;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _left;

    public static string New(DateTimeOffset now)
    {
        var random = _random ??= new byte[Stock * RandomBytes];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(random);
            _left = Stock;
        }

        Span<byte> bytes = stackalloc byte[TimeBytes + RandomBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, now.ToUnixTimeMilliseconds() << 16);
        random.AsSpan(--_left * RandomBytes, RandomBytes).CopyTo(bytes[TimeBytes..]);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0F));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        Span<char> text = stackalloc char[Prefix.Length + TextLength];
        Prefix.CopyTo(text);
        new Guid(bytes, bigEndian: true).TryFormat(text[Prefix.Length..], out _, "N");
        return new string(text);
    }
}
