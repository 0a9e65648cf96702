namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// Multi-head latent attention over the paged cache of one layer, a row of which is the normed latent of a token and then its turned shared key.
/// Tokens either attend to the latents themselves (<see cref="Attend"/>, absorbed form: cheap for few tokens per sequence, exact for any) or to
/// keys and values expanded from them (<see cref="Prefill"/>, for long prompts).
/// </summary>
/// <remarks>
/// T below is the element type. Row strides are in elements. The fast kernels serve bfloat16 with latent rank 512, 64 rotated
/// channels, 128 others and values of 128 in a multiple of 16 heads; everything else goes through reference kernels and <see cref="IGpu.Multiply"/>.
/// </remarks>
internal sealed class MlaKernels : IDisposable
{
    /// <param name="gpu">The device.</param>
    /// <param name="type">T.</param>
    /// <param name="shape">Dimensions; the same in all layers.</param>
    /// <param name="blockSize">Rows of the cache per block.</param>
    /// <param name="maxAbsorbedTokens">Most tokens that <see cref="Attend"/> will get at once; sizes the workspace.</param>
    /// <param name="tuning">For sweeps; null takes the default.</param>
    public MlaKernels(IGpu gpu, ElementType type, MlaShape shape, int blockSize, int maxAbsorbedTokens, DecodeTuning? tuning = null)
    {
    }

    /// <summary>Whether <see cref="GatherLatents"/> and <see cref="Prefill"/> may be called; otherwise all tokens go through <see cref="Attend"/>.</summary>
    public bool HasPrefill => throw new NotImplementedException();

    /// <summary>
    /// Norms and turns the latents of the tokens into the cache, and turns the queries in place. For steps that mix prompts and decoding, or prompts only.
    /// </summary>
    /// <param name="tokens">All tokens of the step.</param>
    /// <param name="q">T [tokens, heads, nope + rope], rows <paramref name="qStride"/> apart; 16-byte aligned rows for the fast kernels.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="latents">T [tokens, latentRank + rope], output of kv_a_proj_with_mqa. May lie in the same rows as q.</param>
    /// <param name="latentStride">Elements from one token's latents to the next's.</param>
    /// <param name="normWeight">float32 [latentRank].</param>
    /// <param name="cache">T [slots, latentRank + rope] of this layer.</param>
    public void WriteLatents(
        in DeviceTokens tokens, DevicePointer q, long qStride, DevicePointer latents, long latentStride, DevicePointer normWeight, DevicePointer cache) =>
        throw new NotImplementedException();

    /// <summary>Attention of each token to the cache up to its own position, in absorbed form; tokens of one sequence may be several.</summary>
    /// <param name="tokens">The tokens, written to the cache before by <see cref="WriteLatents"/>. Rows of padding come out as zeros.</param>
    /// <param name="maxContext">Upper bound of position + 1 of all tokens; with a graph, of all its replays.</param>
    /// <param name="q">T, as <see cref="WriteLatents"/> left it.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="keyValueWeight">T [heads * (nope + value), latentRank], kv_b_proj: per head the rows of the keys, then those of the values.</param>
    /// <param name="cache">T [slots, latentRank + rope] of this layer.</param>
    /// <param name="output">T [tokens, heads * value].</param>
    public void Attend(
        in DeviceTokens tokens, int maxContext, DevicePointer q, long qStride, DevicePointer keyValueWeight, DevicePointer cache, DevicePointer output) =>
        throw new NotImplementedException();

    /// <summary><see cref="WriteLatents"/> and <see cref="Attend"/> in one, with fewer launches: for steps that only decode. What q holds afterwards is undefined.</summary>
    /// <inheritdoc cref="Attend"/>
    public void WriteAndAttend(
        in DeviceTokens tokens, int maxContext, DevicePointer q, long qStride, DevicePointer latents, long latentStride, DevicePointer normWeight,
        DevicePointer keyValueWeight, DevicePointer cache, DevicePointer output) => throw new NotImplementedException();

    /// <summary>Copies the cache rows of slabs to consecutive rows, for kv_b_proj to expand.</summary>
    /// <param name="slabs"><see cref="ContextSlab"/> [count] on the device.</param>
    /// <param name="count">Number of slabs.</param>
    /// <param name="maxLength">Upper bound of their lengths.</param>
    /// <param name="blockTables">As in <see cref="DeviceTokens"/>.</param>
    /// <param name="maxBlocks">As in <see cref="DeviceTokens"/>.</param>
    /// <param name="cache">T [slots, latentRank + rope] of this layer.</param>
    /// <param name="gathered">T [rows, latentRank + rope]; a slab goes to the rows from its <see cref="ContextSlab.FirstRow"/> on.</param>
    public void GatherLatents(
        DevicePointer slabs, int count, int maxLength, DevicePointer blockTables, int maxBlocks, DevicePointer cache, DevicePointer gathered) =>
        throw new NotImplementedException();

    /// <summary>Attention of the queries of slabs to the keys and values that were expanded for them. Only where <see cref="HasPrefill"/>.</summary>
    /// <param name="slabs"><see cref="ContextSlab"/> [count] on the device; no token may be in two of them.</param>
    /// <param name="count">Number of slabs.</param>
    /// <param name="maxTokenCount">Upper bound of their token counts.</param>
    /// <param name="q">T, as <see cref="WriteLatents"/> left it; row 0 is the step's first token.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="gathered">T [rows, latentRank + rope] from <see cref="GatherLatents"/>: the shared keys.</param>
    /// <param name="expanded">T [rows, heads * (nope + value)]: the product of the gathered latents and kv_b_proj.</param>
    /// <param name="state">
    /// float32 [tokens, heads, value + 2], kept from one slab of the same queries to the next; null if all slabs are
    /// <see cref="ContextPart.Whole"/>.
    /// </param>
    /// <param name="output">T [tokens, heads * value]; written for the tokens of slabs that are <see cref="ContextPart.Last"/>.</param>
    public void Prefill(
        DevicePointer slabs, int count, int maxTokenCount, DevicePointer q, long qStride, DevicePointer gathered, DevicePointer expanded,
        DevicePointer state, DevicePointer output) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
