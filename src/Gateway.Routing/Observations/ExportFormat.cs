using System.Security.Cryptography;

namespace Gateway.Routing;

/// <summary>
/// The bytes of a <see cref="ReplicaExport"/>. First the version (one byte), last a checksum over all before it (8 bytes of SHA-256).
/// Between them, integers as LEB128 and texts as their length and UTF-8: ticks of UTC; models (name, in flight, suspended until, totals,
/// latencies); lengths (route, task, answers, tokens); prefixes (hash as 8 bytes, index of the model, ticks since it was served, as a
/// signed difference). Every list stands behind its count.
/// </summary>
internal static class ExportFormat
{
    public const byte Version = 1;

    public const int ChecksumLength = 8;

    public static void Checksum(ReadOnlySpan<byte> bytes, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        hash[..ChecksumLength].CopyTo(checksum);
    }
}
