namespace Gateway.Engine;

/// <summary>Where a request comes from: what the engine needs to be fair, and to keep prompts apart. It changes no answer.</summary>
public sealed record RequestOrigin
{
    /// <summary>Nobody in particular, at normal priority, sharing prefixes with all others like it. The default of a request.</summary>
    public static RequestOrigin Anyone { get; } = new();

    /// <summary>Whose request it is. Tenants that wait at the same time get equal shares of the engine. The default is one tenant for all.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>Who is admitted first when not everybody can be. The default is <see cref="SchedulingPriority.Normal"/>.</summary>
    public SchedulingPriority Priority { get; init; } = SchedulingPriority.Normal;

    /// <summary>
    /// Prefixes of prompts are computed once and shared among requests with the same salt. Whoever shares them can tell from the time to the first
    /// token, and from <see cref="GeneratedToken.CachedPromptTokens"/>, that a prompt was there before: keep apart who must not learn that.
    /// Null (the default): shared with all others without one.
    /// </summary>
    public string? CacheSalt { get; init; }
}
