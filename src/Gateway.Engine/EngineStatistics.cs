namespace Gateway.Engine;

/// <summary>A consistent snapshot of the engine, taken between two steps.</summary>
/// <param name="Running">Requests that hold cache blocks and take part in steps.</param>
/// <param name="Waiting">Requests that wait for blocks or for a place in the batch, preempted ones included.</param>
/// <param name="FreeBlocks">KV cache blocks that nobody holds.</param>
/// <param name="TotalBlocks">KV cache blocks there are.</param>
/// <param name="Steps">Forward passes since the start.</param>
/// <param name="TokensComputed">Tokens that went through the model since the start: prompts, answers and recomputed ones.</param>
/// <param name="TokensGenerated">Tokens sampled and delivered since the start.</param>
/// <param name="Preemptions">How often a request lost its blocks to an older one and was put back to be recomputed.</param>
public sealed record EngineStatistics(
    int Running,
    int Waiting,
    int FreeBlocks,
    int TotalBlocks,
    long Steps,
    long TokensComputed,
    long TokensGenerated,
    long Preemptions);
