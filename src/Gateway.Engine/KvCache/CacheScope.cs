namespace Gateway.Engine.KvCache;

/// <summary>
/// What cached keys and values depend on besides the tokens before them. Prefixes are shared within a scope only. (The model is no part
/// of it: a cache belongs to one model.)
/// </summary>
/// <param name="Salt">Whose prefixes these are; null for those that everybody shares.</param>
/// <param name="Adapter">The adapter that computed them; null for the bare model.</param>
internal sealed record CacheScope(string? Salt, string? Adapter = null)
{
    /// <summary>Shared by all who do not say otherwise.</summary>
    public static CacheScope Shared { get; } = new(Salt: null);
}
