using System.Numerics;

namespace Gateway.Routing.Difficulty.Features;

/// <summary>
/// 32-bit hashes of terms (FNV-1a over UTF-16 units, then Murmur3's finalizer). They are stored in the weights, so they can only change
/// together with the version of the file.
/// </summary>
internal static class TermHash
{
    public const uint WordSeed = 2166136261;
    private const uint NumberSeed = 0x1B873593;
    private const uint SymbolSeed = 0xCC9E2D51;
    private const uint Prime = 16777619;

    public static uint Append(uint state, char unit) => (state ^ unit) * Prime;

    public static uint Finish(uint state)
    {
        state ^= state >> 16;
        state *= 0x85EBCA6B;
        state ^= state >> 13;
        state *= 0xC2B2AE35;
        return state ^ (state >> 16);
    }

    /// <summary>Numbers are told apart by their count of digits only: their exact value seldom recurs.</summary>
    public static uint OfNumber(int digits) => Finish(Append(NumberSeed, (char)digits));

    public static uint OfSymbol(char symbol) => Finish(Append(SymbolSeed, symbol));

    public static uint OfBigram(uint first, uint second) => Finish(BitOperations.RotateLeft(first * 0x9E3779B1, 15) ^ second);

    /// <summary>The hash that the lexer gives to <paramref name="lowerCaseWord"/>.</summary>
    public static uint OfWord(ReadOnlySpan<char> lowerCaseWord)
    {
        uint state = WordSeed;
        foreach (char unit in lowerCaseWord)
        {
            state = Append(state, unit);
        }

        return Finish(state);
    }
}
