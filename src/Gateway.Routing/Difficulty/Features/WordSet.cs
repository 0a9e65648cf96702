using System.Runtime.CompilerServices;

namespace Gateway.Routing.Difficulty.Features;

/// <summary>A set of words by one bit of their hash each, of 1,024: exact enough to ask how many words two texts share.</summary>
internal struct WordSet
{
    private Bits _bits;

    public void Add(uint hash) => _bits[(int)(hash >> 6) & (Bits.Length - 1)] |= 1UL << (int)(hash & 63);

    public readonly bool Contains(uint hash) => (_bits[(int)(hash >> 6) & (Bits.Length - 1)] >> (int)(hash & 63) & 1) != 0;

    [InlineArray(Length)]
    private struct Bits
    {
        public const int Length = 16;
        private ulong _first;
    }
}
