using System.Collections.Immutable;

namespace Gateway.Engine;

/// <summary>
/// A consistent snapshot of the engine, taken between two steps. What is counted is counted since the start; distributions are cumulative
/// too, so that two snapshots can be subtracted.
/// </summary>
public sealed record EngineStatistics
{
    /// <summary>Requests that hold cache blocks and take part in steps.</summary>
    public required int Running { get; init; }

    /// <summary>Requests that wait for blocks or for a place in the batch, preempted ones included.</summary>
    public required int Waiting { get; init; }

    /// <summary>The queue by priority: one entry for each <see cref="SchedulingPriority"/>, in its order.</summary>
    public required ImmutableArray<PriorityStatistics> Priorities { get; init; }

    /// <summary>KV cache blocks that nobody holds and that hold nothing of use.</summary>
    public required int FreeBlocks { get; init; }

    /// <summary>KV cache blocks that nobody holds, but whose tokens a later prompt may find. They are given away when no free ones are left.</summary>
    public required int CachedBlocks { get; init; }

    /// <summary>KV cache blocks that running requests hold, each counted once however many share it.</summary>
    public required int HeldBlocks { get; init; }

    /// <summary>KV cache blocks there are: free, cached and held.</summary>
    public required int TotalBlocks { get; init; }

    /// <summary>Forward passes.</summary>
    public required long Steps { get; init; }

    /// <summary>Tokens that went through the model: <see cref="PrefillTokens"/> and <see cref="DecodeTokens"/>.</summary>
    public long TokensComputed => PrefillTokens + DecodeTokens;

    /// <summary>Tokens of prompts that went through the model, in pieces or whole; what is recomputed after a preemption counts here.</summary>
    public required long PrefillTokens { get; init; }

    /// <summary>Tokens of answers that went through the model one by one, so that the next could be chosen.</summary>
    public required long DecodeTokens { get; init; }

    /// <summary>Tokens sampled and delivered.</summary>
    public required long TokensGenerated { get; init; }

    /// <summary>How often a request lost its blocks to another and was put back to be recomputed.</summary>
    public required long Preemptions { get; init; }

    /// <summary>Prompts that were looked up in the prefix cache: each once, when it is first admitted.</summary>
    public required long PrefixQueries { get; init; }

    /// <summary>Prompts of which at least one block was found.</summary>
    public required long PrefixHits { get; init; }

    /// <summary>Tokens of the prompts that were looked up.</summary>
    public required long PrefixQueryTokens { get; init; }

    /// <summary>Tokens of prompts that were found, and so not computed.</summary>
    public required long PrefixHitTokens { get; init; }

    /// <summary>Cached blocks that were given away, so that their tokens are found no more.</summary>
    public required long PrefixEvictions { get; init; }

    /// <summary>Requests per step.</summary>
    public required Distribution BatchSize { get; init; }

    /// <summary>Seconds from the submission of a request to its first token.</summary>
    public required Distribution TimeToFirstToken { get; init; }

    /// <summary>Seconds from one token of a request to its next.</summary>
    public required Distribution TimePerToken { get; init; }
}
