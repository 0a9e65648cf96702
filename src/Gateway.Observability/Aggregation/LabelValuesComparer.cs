using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Gateway.Observability.Aggregation;

/// <summary>Compares label values in their order, and lets a series be found by values on the stack.</summary>
/// <remarks>
/// The hash looks at the ends of a value and its length alone: a request is measured a dozen times, and the limit of series bounds what values that
/// are made to collide could cost.
/// </remarks>
internal sealed class LabelValuesComparer : IEqualityComparer<string[]>, IAlternateEqualityComparer<ReadOnlySpan<string>, string[]>
{
    public static readonly LabelValuesComparer Instance = new();

    // 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming, 6.4).
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private LabelValuesComparer()
    {
    }

    public bool Equals(string[]? x, string[]? y) => x.AsSpan().SequenceEqual(y);

    public bool Equals(ReadOnlySpan<string> alternate, string[] other) => alternate.SequenceEqual(other);

    public int GetHashCode([DisallowNull] string[] obj) => GetHashCode(obj.AsSpan());

    public int GetHashCode(ReadOnlySpan<string> alternate)
    {
        ulong hash = 0;
        foreach (var value in alternate)
        {
            hash = (hash ^ Ends(value)) * Multiplier;
            hash ^= hash >> 32;
        }

        return (int)hash;
    }

    public string[] Create(ReadOnlySpan<string> alternate) => alternate.ToArray();

    /// <summary>Four characters of either end, and the length.</summary>
    private static ulong Ends(string value)
    {
        var bytes = MemoryMarshal.AsBytes(value.AsSpan());
        if (bytes.Length >= sizeof(ulong))
        {
            return (MemoryMarshal.Read<ulong>(bytes) * Multiplier) ^ MemoryMarshal.Read<ulong>(bytes[^sizeof(ulong)..]) ^ (ulong)value.Length;
        }

        var all = (ulong)value.Length;
        foreach (var character in value)
        {
            all = (all << 16) ^ character;
        }

        return all;
    }
}
