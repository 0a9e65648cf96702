using Gateway.Policies;

namespace Gateway.Rehearsal;

/// <summary>How one recorded call of a model went.</summary>
/// <param name="At">When it began.</param>
/// <param name="FirstToken">From the request to the first token.</param>
/// <param name="PerToken">From one token to the next; null when it cannot be told from this call.</param>
/// <param name="Fault">What went wrong; null when nothing did.</param>
internal sealed record CallSample(DateTimeOffset At, TimeSpan FirstToken, TimeSpan? PerToken, Fault? Fault);
