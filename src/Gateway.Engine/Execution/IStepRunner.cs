using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>Runs the steps that the engine's loop lays out: the model, then the choice of tokens.</summary>
internal interface IStepRunner : IDisposable
{
    /// <summary>Computes a batch and chooses a token for each of its <see cref="StepBatch.LogitTokens"/>.</summary>
    /// <param name="batch">What to compute.</param>
    /// <param name="draws">One per token that wants logits.</param>
    /// <param name="drawn">Receives as many.</param>
    void Run(StepBatch batch, ReadOnlySpan<Draw> draws, Span<Drawn> drawn);
}
