namespace Gateway.Engine.Scheduling;

/// <summary>One sequence's part of a step.</summary>
/// <param name="Sequence">Whose tokens.</param>
/// <param name="First">Place of the first of them in the sequence.</param>
/// <param name="Tokens">How many of its uncached tokens are computed.</param>
/// <param name="IsPrefill">False for the one token of an answer that goes on.</param>
/// <param name="Completes">True when none remains, so that the next token can be chosen.</param>
/// <param name="Preemptions">How often the sequence had been preempted: after one more, its blocks are not those of this step.</param>
internal readonly record struct ScheduledSequence<TSequence>(
    TSequence Sequence, int First, int Tokens, bool IsPrefill, bool Completes, int Preemptions)
    where TSequence : Sequence;
