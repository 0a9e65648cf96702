namespace Gateway.Engine.Scheduling;

/// <summary>What a step may take.</summary>
/// <param name="MaxStepTokens">Most tokens of a step; at least <paramref name="MaxRunning"/>.</param>
/// <param name="MaxRunning">Most sequences that run at the same time.</param>
/// <param name="MaxPrefillChunk">Most tokens of one prompt in a step while other prompts want their turn.</param>
internal readonly record struct SchedulerLimits(int MaxStepTokens, int MaxRunning, int MaxPrefillChunk);
