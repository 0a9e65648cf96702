using Gateway.Engine.Constraints;
using Gateway.Engine.Sampling;

namespace Gateway.Engine.Execution;

/// <summary>How the token that follows one sequence is to be chosen.</summary>
/// <param name="Parameters">The caller's choice.</param>
/// <param name="History">What penalties look at. A token that is being chosen is not in it.</param>
/// <param name="Seed">Of the request.</param>
/// <param name="Position">The token's place in the sequence.</param>
/// <param name="TopLogprobs">Null: no log-probabilities; else how many of the likeliest tokens come with theirs.</param>
internal readonly record struct Draw(SamplingParameters Parameters, TokenHistory History, long Seed, int Position, int? TopLogprobs)
{
    /// <summary>Tells which tokens there are to choose from; null: all.</summary>
    public AnswerConstraint? Constraint { get; init; }

    /// <summary>The row of the step under way that is choosing the last token of the sequence; null: all of them are known.</summary>
    public int? PendingRow { get; init; }
}
