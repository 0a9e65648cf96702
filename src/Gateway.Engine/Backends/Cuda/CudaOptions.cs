using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>Sizes that a <see cref="CudaBackend"/> lays its memory out for.</summary>
internal sealed record CudaOptions
{
    /// <summary>See <see cref="SlabRows"/>.</summary>
    public const int DefaultSlabRows = 16_384;

    /// <summary>Most tokens of one step, padding included.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Most rows of logits of one step, and most sequences.</summary>
    public required int MaxLogitRows { get; init; }

    /// <summary>Tokens per cache block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Forms of the attention kernels; null: the ones that are fastest on an H200.</summary>
    public AttentionTuning? LatentTuning { get; init; }

    /// <summary>
    /// Whether launches of steps of up to eight tokens are joined, with barriers of all blocks between them, where their kernels can be. False by default,
    /// until it was measured to be faster.
    /// </summary>
    public bool JoinsLaunches { get; init; }

    /// <summary>As <see cref="JoiningGpu.PrefetchBytes"/>, with <see cref="JoinsLaunches"/>. The default is 0: nothing.</summary>
    public long PrefetchBytes { get; init; }

    /// <summary>Rows of context that prompts expand at once, at least 1. More takes more memory: 8 KiB a row for DeepSeek-V2-Lite. The default is 16,384.</summary>
    public int SlabRows { get; init; } = DefaultSlabRows;
}
