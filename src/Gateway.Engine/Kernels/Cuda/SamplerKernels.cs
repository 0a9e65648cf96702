namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Chooses tokens from float32 logits as <see cref="Sampling.Sampler"/> does, and tells log-probabilities.</summary>
internal sealed class SamplerKernels(IGpu gpu)
{
    /// <summary>Most ids in a vocabulary; sums of 45-bit fractions hold no more.</summary>
    public const int MaxVocabulary = 1 << 18;

    private const string Source = "sampling.cu";
    private const int FeedThreads = 128;

    /// <summary>Fewer ids are not worth a block of their own.</summary>
    private const int ShareIds = 4096;

    /// <summary>Most blocks that share a row: the one that draws goes through all their results.</summary>
    private const int MaxShares = 32;

    private const int CountThreads = 128;

    private readonly GpuKernel _count = gpu.Kernel(Source, "count_previous");
    private readonly GpuKernel _feed = gpu.Kernel(Source, "feed_tokens");
    private readonly GpuKernel _sample = gpu.Kernel(Source, "sample");
    private readonly GpuKernel _scan = gpu.Kernel(Source, "scan_scores");
    private readonly GpuKernel _tokenLogprobs = gpu.Kernel("logprobs.cu", "token_logprobs");
    private readonly GpuKernel _weigh = gpu.Kernel(Source, "weigh_scores");

    /// <summary>Puts tokens that a step chose into the input of the next one.</summary>
    /// <param name="pairs">int32 [count, 2]: the place in <paramref name="tokenIds"/>, and the row that the token is in.</param>
    /// <param name="count">Number of tokens.</param>
    /// <param name="tokens">int32 [rows]: what was chosen.</param>
    /// <param name="tokenIds">int32: the next step's input.</param>
    public void Feed(DevicePointer pairs, int count, DevicePointer tokens, DevicePointer tokenIds) =>
        gpu.Launch(_feed, new Dim3((count + FeedThreads - 1) / FeedThreads), new Dim3(FeedThreads), 0, pairs, count, tokens, tokenIds);

    /// <summary>Draws a token for each row.</summary>
    /// <param name="logits">float32 [rows, vocabulary], rows <paramref name="stride"/> elements apart; changed on the way, restored at the end.</param>
    /// <param name="rowTable"><see cref="SamplerRow"/> [rows].</param>
    /// <param name="adjustments"><see cref="LogitAdjustment"/>s of all rows, at the places that the rows name.</param>
    /// <param name="scratch">What the kernels tell one another; for <paramref name="rows"/> rows at least.</param>
    /// <param name="tokens">int32 [rows]: receives the tokens.</param>
    /// <param name="faults">
    /// int32 [rows]: receives 1 where a logit is NaN or positive infinity or all are negative infinity; the token is then the best of the
    /// finite ones, or 0.
    /// </param>
    /// <param name="masks">uint32: one bit per id of those that may be drawn, at the places that the rows name; or null where none does.</param>
    /// <param name="previous">int32: tokens of the step before, for rows that name one of them; or null where none does.</param>
    /// <param name="weighs">False where no row <see cref="SamplerRow.IsWeighed"/>.</param>
    public void Sample(
        DevicePointer logits,
        int rows,
        int vocabulary,
        long stride,
        DevicePointer rowTable,
        DevicePointer adjustments,
        SamplerScratch scratch,
        DevicePointer tokens,
        DevicePointer faults,
        DevicePointer masks = default,
        DevicePointer previous = default,
        bool weighs = true)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabulary, MaxVocabulary);
        var shares = Math.Clamp(Math.Min(gpu.Properties.Multiprocessors / rows, vocabulary / ShareIds), 1, MaxShares);
        var (grid, threads) = (new Dim3(rows, shares), Threads(vocabulary / shares, idsPerThread: 16));
        if (!previous.IsNull)
        {
            gpu.Launch(_count, new Dim3(rows), new Dim3(CountThreads), 0, rowTable, adjustments, previous);
        }

        gpu.Launch(_scan, grid, threads, 0, logits, vocabulary, stride, rowTable, adjustments, masks, scratch.Shares, scratch.Masses);
        if (weighs)
        {
            gpu.Launch(_weigh, grid, threads, 0, logits, vocabulary, stride, rowTable, adjustments, masks, scratch.Shares, scratch.Masses);
        }

        gpu.Launch(
            _sample, new Dim3(rows), Threads(vocabulary), 0, logits, vocabulary, stride, rowTable, adjustments, masks, scratch.Shares, shares,
            scratch.Masses, tokens, faults);
    }

    /// <summary>Log-probabilities under the model's own distribution, as <see cref="Sampling.TokenLogprobs"/> has them.</summary>
    /// <param name="logits">float32 [rows, vocabulary], rows <paramref name="stride"/> elements apart.</param>
    /// <param name="tokens">int32 [rows]: the tokens chosen; a negative one has 0.</param>
    /// <param name="top">How many of the likeliest to list.</param>
    /// <param name="chosen">float32 [rows].</param>
    /// <param name="topIds">int32 [rows, top], the likeliest first; −1 where the vocabulary has no more.</param>
    /// <param name="topLogprobs">float32 [rows, top]; −∞ where the vocabulary has no more.</param>
    public void TokenLogprobs(
        DevicePointer logits,
        int rows,
        int vocabulary,
        long stride,
        DevicePointer tokens,
        int top,
        DevicePointer chosen,
        DevicePointer topIds,
        DevicePointer topLogprobs)
        => gpu.Launch(
            _tokenLogprobs, new Dim3(rows), Threads(vocabulary), 0, logits, vocabulary, stride, tokens, top, chosen, topIds, topLogprobs);

    /// <summary>So many ids per thread, as far as a block reaches; two warps at least.</summary>
    private static Dim3 Threads(int ids, int idsPerThread = 64)
    {
        var idsPerWarp = 32 * idsPerThread;
        return new Dim3(Math.Clamp((ids + idsPerWarp - 1) / idsPerWarp * 32, 64, 1024));
    }
}
