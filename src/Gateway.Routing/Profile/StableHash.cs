using System.Buffers.Binary;

namespace Gateway.Routing;

/// <summary>
/// A 64-bit hash that is the same in every process and on every machine, unlike <see cref="HashCode"/>: replicas must agree on it. Fast and
/// well mixed, but no secret: it says nothing about who sent what.
/// </summary>
internal static class StableHash
{
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xD6E8FEB86659FD93;
    private const ulong Third = 0xA0761D6478BD642F;
    private const int Step = 16;

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed = 0)
    {
        ulong hash = Combine(seed, (ulong)bytes.Length);
        for (; bytes.Length >= Step; bytes = bytes[Step..])
        {
            hash = AddStep(hash, bytes);
        }

        if (!bytes.IsEmpty)
        {
            Span<byte> rest = stackalloc byte[Step];
            rest.Clear();
            bytes.CopyTo(rest);
            hash = AddStep(hash, rest);
        }

        return Fold(hash ^ Second, First);
    }

    public static ulong Of(ReadOnlySpan<char> text)
    {
        ulong hash = Combine(0, (ulong)text.Length);
        foreach (char unit in text)
        {
            hash = Combine(hash, unit);
        }

        return hash;
    }

    /// <summary>The order matters.</summary>
    public static ulong Combine(ulong hash, ulong value) => Fold(hash ^ First, value ^ Third);

    private static ulong AddStep(ulong hash, ReadOnlySpan<byte> bytes) =>
        Fold(BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ Second, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) ^ hash);

    /// <summary>Both halves of the 128-bit product.</summary>
    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
