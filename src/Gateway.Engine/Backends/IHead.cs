using Gateway.Engine.Models;

namespace Gateway.Engine.Backends;

/// <summary>
/// The last norm and the map to logits. The backend keeps the logits of <see cref="StepBatch.LogitTokens"/> and the normed states of
/// <see cref="StepBatch.StateTokens"/> until the next step.
/// </summary>
internal interface IHead
{
    void Apply(IRows hidden);

    /// <summary>The logits of some of the step's <see cref="StepBatch.StateTokens"/>, in the place of those that <see cref="Apply"/> left.</summary>
    void Project(int first, int count);
}
