namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Grouped-query attention over the paged cache of one layer, a row of which is all keys of a token and then all its values.</summary>
/// <remarks>
/// T below is the element type. Row strides are in elements. The fast kernels serve bfloat16 with heads of 64 or 128 channels, and at most 16 query
/// heads per key head when decoding; everything else goes through reference kernels.
/// </remarks>
internal sealed class GroupedAttentionKernels : IDisposable
{
    /// <param name="gpu">The device.</param>
    /// <param name="type">T.</param>
    /// <param name="shape">Dimensions; the same in all layers.</param>
    /// <param name="blockSize">Rows of the cache per block.</param>
    /// <param name="maxAttendTokens">Most tokens that <see cref="Attend"/> will get at once; sizes the workspace.</param>
    /// <param name="tuning">For sweeps; null takes the default.</param>
    public GroupedAttentionKernels(
        IGpu gpu, ElementType type, GroupedAttentionShape shape, int blockSize, int maxAttendTokens, DecodeTuning? tuning = null)
    {
    }

    /// <summary>Whether <see cref="Prefill"/> may be called; otherwise all tokens go through <see cref="Attend"/>.</summary>
    public bool HasPrefill => throw new NotImplementedException();

    /// <summary>Norms (where there are weights) and turns the query heads in place and the key heads into the cache, and copies the values there.</summary>
    /// <param name="tokens">All tokens of the step.</param>
    /// <param name="projected">T [tokens, (heads + 2 * keyValueHeads) * headDim]: queries, keys, values, biases added.</param>
    /// <param name="stride">Elements from one token's row to the next's.</param>
    /// <param name="queryNorm">float32 [headDim], or null (Qwen3's q_norm).</param>
    /// <param name="keyNorm">float32 [headDim], or null together with <paramref name="queryNorm"/>.</param>
    /// <param name="cache">T [slots, 2 * keyValueHeads * headDim] of this layer.</param>
    public void WriteKeysValues(
        in DeviceTokens tokens, DevicePointer projected, long stride, DevicePointer queryNorm, DevicePointer keyNorm, DevicePointer cache) =>
        throw new NotImplementedException();

    /// <summary>Attention of each token to the cache up to its own position; tokens of one sequence may be several.</summary>
    /// <param name="tokens">The tokens, written before by <see cref="WriteKeysValues"/>. Rows of padding come out as zeros.</param>
    /// <param name="maxContext">Upper bound of position + 1 of all tokens; with a graph, of all its replays.</param>
    /// <param name="q">T [tokens, heads, headDim], as <see cref="WriteKeysValues"/> left it.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="cache">T [slots, 2 * keyValueHeads * headDim] of this layer.</param>
    /// <param name="output">T [tokens, heads * headDim].</param>
    public void Attend(in DeviceTokens tokens, int maxContext, DevicePointer q, long qStride, DevicePointer cache, DevicePointer output) =>
        throw new NotImplementedException();

    /// <summary>Attention of many consecutive tokens per sequence to the whole context. Only where <see cref="HasPrefill"/>.</summary>
    /// <param name="slabs"><see cref="ContextSlab"/> [count] on the device, each from 0 and <see cref="ContextPart.Whole"/>; the rows are not used.</param>
    /// <param name="count">Number of slabs.</param>
    /// <param name="maxTokenCount">Upper bound of their token counts.</param>
    /// <param name="blockTables">As in <see cref="DeviceTokens"/>.</param>
    /// <param name="maxBlocks">As in <see cref="DeviceTokens"/>.</param>
    /// <param name="q">T [tokens, heads, headDim], as <see cref="WriteKeysValues"/> left it; row 0 is the step's first token.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="cache">T [slots, 2 * keyValueHeads * headDim] of this layer.</param>
    /// <param name="output">T [tokens, heads * headDim].</param>
    public void Prefill(
        DevicePointer slabs, int count, int maxTokenCount, DevicePointer blockTables, int maxBlocks, DevicePointer q, long qStride, DevicePointer cache,
        DevicePointer output) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
