namespace Gateway.Engine.Backends;

/// <summary>
/// Grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245) with rotary positions: writes the step's keys and values to the
/// cache and attends to all that is there.
/// </summary>
internal interface IGroupedAttention
{
    /// <param name="projected">query heads | key heads | value heads per row, not yet normed or rotated; may be overwritten.</param>
    /// <param name="attended">Receives query heads × head dimension per row.</param>
    void Apply(IRows projected, IRows attended);
}
