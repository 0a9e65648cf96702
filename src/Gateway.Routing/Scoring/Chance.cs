namespace Gateway.Routing;

/// <summary>
/// Draws that depend on the request alone: identical requests fall alike, on every replica, and different draws of one request are
/// independent.
/// </summary>
internal static class Chance
{
    /// <summary>A number in (0, 1), uniform over fingerprints.</summary>
    /// <param name="fingerprint">The request's.</param>
    /// <param name="draw">What is drawn for; another name is another draw.</param>
    public static double Draw(ulong fingerprint, string draw) => ((Mix(fingerprint ^ Mix(Hash(draw))) >> 11) + 0.5) / (1UL << 53);

    /// <summary>FNV-1a over UTF-16 units: short, and the same in every process, which <see cref="string.GetHashCode()"/> is not.</summary>
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var unit in text)
        {
            hash = (hash ^ unit) * 1099511628211UL;
        }

        return hash;
    }

    /// <summary>The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every bit of the input reaches every bit of the output.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15UL;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
