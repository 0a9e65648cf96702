using System.Buffers;
using System.Numerics;

namespace Gateway.Routing.Difficulty.Features;

/// <summary>Counts the terms of one prompt in rented memory, then weighs them: (1 + ln count) × inverse frequency, scaled to unit length.</summary>
internal ref struct TermCounter : IDisposable
{
    private readonly int[] _slots;
    private readonly int[] _terms;
    private readonly float[] _values;
    private readonly int _mask;
    private readonly int _limit;
    private int _count;

    /// <param name="characters">The length of the prompt: a typical one has fewer than half as many distinct terms.</param>
    public TermCounter(int characters)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * characters, 64));
        _mask = size - 1;
        _limit = size / 2;
        _slots = ArrayPool<int>.Shared.Rent(size);
        _terms = ArrayPool<int>.Shared.Rent(_limit);
        _values = ArrayPool<float>.Shared.Rent(_limit);
        _slots.AsSpan(0, size).Clear();
    }

    public readonly ReadOnlySpan<int> Terms => _terms.AsSpan(0, _count);

    /// <summary>The weight of each of <see cref="Terms"/>, after <see cref="Weigh"/>.</summary>
    public readonly ReadOnlySpan<float> Values => _values.AsSpan(0, _count);

    /// <summary>Counts a term. Past one distinct term per character, new ones are dropped.</summary>
    public void Add(int term)
    {
        int slot = (int)((uint)term * 0x9E3779B1u >> 7) & _mask;
        while (_slots[slot] is var position && position != 0)
        {
            if (_terms[position - 1] == term)
            {
                _values[position - 1]++;
                return;
            }

            slot = (slot + 1) & _mask;
        }

        if (_count < _limit)
        {
            _terms[_count] = term;
            _values[_count] = 1;
            _slots[slot] = ++_count;
        }
    }

    public readonly void Weigh(Vocabulary vocabulary)
    {
        var values = _values.AsSpan(0, _count);
        double squares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            float frequency = values[i] == 1 ? 1 : 1 + MathF.Log(values[i]);
            values[i] = frequency * vocabulary.InverseFrequencies[_terms[i]];
            squares += (double)values[i] * values[i];
        }

        float scale = squares > 0 ? (float)(1 / Math.Sqrt(squares)) : 0;
        foreach (ref float value in values)
        {
            value *= scale;
        }
    }

    public readonly void Dispose()
    {
        ArrayPool<int>.Shared.Return(_slots);
        ArrayPool<int>.Shared.Return(_terms);
        ArrayPool<float>.Shared.Return(_values);
    }
}
