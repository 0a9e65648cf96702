using System.Diagnostics;
using System.Numerics;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Gateway.Engine.Constraints.Masks;

namespace Gateway.Benchmarks.Grammars;

/// <summary>Answers under a constraint, and how long each of their masks takes from the token on, in milliseconds.</summary>
internal sealed class Walk(TokenMasks masks, PushdownAutomaton automaton, int endId)
{
    private readonly List<double> _milliseconds = [];

    /// <summary>Of the first mask.</summary>
    public double First => _milliseconds[0];

    /// <summary>In ascending order.</summary>
    public IReadOnlyList<double> Milliseconds => [.. _milliseconds.Order()];

    /// <summary>A given answer.</summary>
    public void Follow(IReadOnlyList<int> ids)
    {
        AnswerConstraint? constraint = null;
        Time(() =>
        {
            constraint = new AnswerConstraint(masks, automaton, null, new HashSet<int> { endId });
            return constraint;
        });
        foreach (var id in ids)
        {
            Require(constraint!.WaitForMask(), id);
            Time(() =>
            {
                constraint.Advance(id);
                return constraint;
            });
        }

        Require(constraint!.WaitForMask(), endId);
    }

    /// <summary>An answer of tokens drawn alike from all that are allowed, up to its end or so many.</summary>
    public void Wander(Random random, int tokens)
    {
        var constraint = new AnswerConstraint(masks, automaton, null, new HashSet<int> { endId });
        for (var i = 0; i < tokens && Draw(constraint.WaitForMask(), random) is var id && id != endId; i++)
        {
            Time(() =>
            {
                constraint.Advance(id);
                return constraint;
            });
        }
    }

    private void Time(Func<AnswerConstraint> advance)
    {
        var start = Stopwatch.GetTimestamp();
        advance().WaitForMask();
        _milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private static void Require(ReadOnlySpan<uint> mask, int id)
    {
        if (mask.IsEmpty || (mask[id / 32] >> (id % 32) & 1) == 0)
        {
            throw new InvalidOperationException($"Token {id} is not allowed, but should be.");
        }
    }

    private static int Draw(ReadOnlySpan<uint> mask, Random random)
    {
        var count = 0;
        foreach (var word in mask)
        {
            count += BitOperations.PopCount(word);
        }

        var chosen = random.Next(count);
        for (var word = 0; ; word++)
        {
            for (var bits = mask[word]; bits != 0; bits &= bits - 1)
            {
                if (chosen-- == 0)
                {
                    return (32 * word) + BitOperations.TrailingZeroCount(bits);
                }
            }
        }
    }
}
