using System.Numerics;
using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>
/// The shapes that steps of single tokens are padded to: few, so that each is recorded once and used often; close enough that little
/// is computed for nothing.
/// </summary>
/// <param name="maxSequences">Most sequences of a step.</param>
/// <param name="maxContext">Most tokens of a sequence.</param>
internal sealed class DecodeShapes(int maxSequences, int maxContext)
{
    private const int SmallestContext = 512;
    private const int SequenceStep = 16;

    public DecodeShape For(StepBatch batch)
    {
        var longest = 0;
        foreach (var position in batch.Positions)
        {
            longest = Math.Max(longest, position + 1);
        }

        return For(batch.TokenCount, longest) with { HasAdapters = batch.HasAdapters };
    }

    public DecodeShape For(int sequences, int context)
    {
        // 1, 2, 4, 8, then every sixteenth: a few rows more cost the weights' way from memory nothing.
        var padded = sequences <= SequenceStep / 2
            ? (int)BitOperations.RoundUpToPowerOf2((uint)sequences)
            : (sequences + SequenceStep - 1) / SequenceStep * SequenceStep;
        var reached = Math.Max(SmallestContext, (int)BitOperations.RoundUpToPowerOf2((uint)context));
        return new DecodeShape(Math.Min(padded, Math.Max(maxSequences, sequences)), Math.Min(reached, Math.Max(maxContext, context)));
    }
}
