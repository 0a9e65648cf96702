using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Gateway.Policies;

/// <summary>The SHA-256 of a virtual key's UTF-8 bytes, as a dictionary key: its first bytes are the bucket's hash.</summary>
[InlineArray(SHA256.HashSizeInBytes)]
internal struct KeyDigest : IEquatable<KeyDigest>
{
    private byte _first;

    public static KeyDigest Of(ReadOnlySpan<byte> key)
    {
        KeyDigest digest = default;
        SHA256.HashData(key, digest);
        return digest;
    }

    /// <summary>From 64 hexadecimal digits of either case; false for anything else.</summary>
    public static bool TryParse(string hex, out KeyDigest digest)
    {
        digest = default;
        return hex.Length == SHA256.HashSizeInBytes * 2
            && Convert.FromHexString(hex, digest, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    public readonly bool Equals(KeyDigest other) => CryptographicOperations.FixedTimeEquals(this, other);

    public override readonly bool Equals(object? obj) => obj is KeyDigest other && Equals(other);

    public override readonly int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(this);
}
