using System.Numerics;

namespace Gateway.Routing.Difficulty.Features;

/// <summary>
/// The terms (words, numbers, symbols and pairs of them) that training has seen in enough prompts, by hash, each with its inverse document frequency
/// ln((1 + prompts) / (1 + prompts with the term)) + 1.
/// </summary>
internal sealed class Vocabulary
{
    /// <summary>The most terms a file may hold.</summary>
    public const int MaxTerms = 1 << 20;

    // Open addressing with linear probing, at most half full: the hash in the upper half, the term + 1 in the lower; 0 is free.
    private readonly ulong[] _slots;
    private readonly int _mask;
    private readonly uint[] _hashes;
    private readonly float[] _inverseFrequencies;

    /// <param name="hashes">By term; distinct.</param>
    /// <param name="inverseFrequencies">By term.</param>
    public Vocabulary(uint[] hashes, float[] inverseFrequencies)
    {
        _hashes = hashes;
        _inverseFrequencies = inverseFrequencies;
        LargestInverseFrequency = inverseFrequencies.Length == 0 ? 0 : inverseFrequencies.Max();
        _slots = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * hashes.Length, 2))];
        _mask = _slots.Length - 1;
        for (int term = 0; term < hashes.Length; term++)
        {
            int slot = (int)(hashes[term] & (uint)_mask);
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & _mask;
            }

            _slots[slot] = ((ulong)hashes[term] << 32) | (uint)(term + 1);
        }
    }

    public int Count => _hashes.Length;

    /// <summary>The rarity of a term that training has not seen; 0 when the vocabulary is empty.</summary>
    public float LargestInverseFrequency { get; }

    public ReadOnlySpan<uint> Hashes => _hashes;

    public ReadOnlySpan<float> InverseFrequencies => _inverseFrequencies;

    /// <summary>The term of that hash; -1 when training has not seen it.</summary>
    public int Find(uint hash)
    {
        ulong[] slots = _slots;
        for (int slot = (int)hash & _mask; slots[slot] is var entry && entry != 0; slot = (slot + 1) & _mask)
        {
            if ((uint)(entry >> 32) == hash)
            {
                return (int)(uint)entry - 1;
            }
        }

        return -1;
    }
}
