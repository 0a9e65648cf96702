using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>Runs the steps that the engine's loop lays out: the model, then the choice of tokens.</summary>
internal interface IStepRunner : IDisposable
{
    /// <summary>
    /// Whether a step may be started before the one before it was collected: so the device has work while the host hands out tokens.
    /// Then <see cref="StepBatch.Pending"/> may name tokens that nobody knows yet.
    /// </summary>
    bool RunsAhead { get; }

    /// <summary>Starts a step. At most one other may be uncollected, and only where <see cref="RunsAhead"/>.</summary>
    /// <param name="batch">What to compute; may be used again when the call returns.</param>
    /// <param name="draws">One per token that wants logits: how the next is chosen.</param>
    void Start(StepBatch batch, ReadOnlySpan<Draw> draws);

    /// <summary>Waits for the oldest step that was started and not collected.</summary>
    /// <param name="draws">As they were given to <see cref="Start"/>.</param>
    /// <param name="drawn">Receives as many tokens.</param>
    void Collect(ReadOnlySpan<Draw> draws, Span<Drawn> drawn);
}
