namespace Gateway.Engine.Backends;

/// <summary>
/// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434, section 2.1): writes the step's latents to the cache and attends to
/// all that is there. Absorbed or expanded form, as suits the backend: both give the same.
/// </summary>
internal interface ILatentAttention
{
    /// <param name="query">heads × (nope | rope) per row, not yet rotated; may be overwritten.</param>
    /// <param name="latents">latent | shared key per row, neither normed nor rotated yet; may be overwritten.</param>
    /// <param name="attended">Receives heads × value per row.</param>
    void Apply(RowsView query, RowsView latents, IRows attended);
}
