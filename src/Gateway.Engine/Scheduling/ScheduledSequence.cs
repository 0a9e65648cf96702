namespace Gateway.Engine.Scheduling;

/// <summary>One sequence's part of a step.</summary>
/// <param name="Sequence">Whose tokens.</param>
/// <param name="Tokens">How many of its uncached tokens are computed.</param>
/// <param name="Completes">True when none remains, so that the next token can be chosen.</param>
internal readonly record struct ScheduledSequence<TSequence>(TSequence Sequence, int Tokens, bool Completes)
    where TSequence : Sequence;
