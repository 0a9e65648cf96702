namespace Gateway.Engine;

/// <summary>How much an engine does at once: what <see cref="EngineOptions"/> say, and where they say nothing what suits the device.</summary>
/// <param name="MaxStepTokens">As <see cref="EngineOptions.MaxStepTokens"/>.</param>
/// <param name="MaxPrefillChunk">As <see cref="EngineOptions.MaxPrefillChunk"/>.</param>
/// <param name="MaxRunningSequences">As <see cref="EngineOptions.MaxRunningSequences"/>.</param>
/// <param name="MaxWaitingRequests">As <see cref="EngineOptions.MaxWaitingRequests"/>.</param>
/// <param name="BlockSize">As <see cref="EngineOptions.BlockSize"/>.</param>
internal sealed record EngineSizes(int MaxStepTokens, int MaxPrefillChunk, int MaxRunningSequences, int MaxWaitingRequests, int BlockSize)
{
    /// <summary>The default on a CPU, whose memory is shared with whatever else runs there: not all of it is taken unasked.</summary>
    private const int CpuCacheTokens = 32_768;

    /// <summary>Blocks of the cache; 0 while it is not known yet, on a GPU of which nobody says.</summary>
    public int TotalBlocks { get; init; }

    /// <summary>
    /// Of a CPU: a pass over the weights feeds few tokens before arithmetic is what takes the time. On a GPU some hundreds are as fast as one, and prompts
    /// of some thousand tokens keep it busy.
    /// </summary>
    public static EngineSizes Of(EngineOptions options, ComputeDevice device)
    {
        var (step, running, block) = device == ComputeDevice.Cpu ? (512, 32, 16) : (8_192, 256, 64);

        // One that is set must not be refused for the sake of one that is not.
        running = options.MaxRunningSequences ?? Math.Min(running, options.MaxStepTokens ?? running);
        step = options.MaxStepTokens ?? Math.Max(step, running);
        block = options.BlockSize ?? block;
        var cache = options.KvCacheTokens ?? (device == ComputeDevice.Cpu ? CpuCacheTokens : 0);
        return new EngineSizes(step, options.MaxPrefillChunk, running, options.MaxWaitingRequests, block)
        {
            TotalBlocks = (cache + block - 1) / block,
        };
    }
}
