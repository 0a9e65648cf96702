namespace Gateway.Routing;

/// <summary>What one call of a model showed. A call that its caller cancelled says nothing about the model and is not observed.</summary>
public readonly record struct CallObservation
{
    /// <summary>The route that the request took.</summary>
    public required string Route { get; init; }

    public required TaskKind Task { get; init; }

    /// <summary>Whether the provider was at fault. Mistakes of the caller are no failures.</summary>
    public required bool IsFailure { get; init; }

    public required bool IsStream { get; init; }

    /// <summary>From the request being sent to a stream's first token; null when none came.</summary>
    public TimeSpan? FirstToken { get; init; }

    /// <summary>From the request being sent to the end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>From a stream's first token to its last; null without two of them.</summary>
    public TimeSpan? Generation { get; init; }

    /// <summary>As reported by the provider; null when it did not.</summary>
    public long? InputTokens { get; init; }

    /// <summary>As reported by the provider; null when it did not.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>What the profile had counted for this model's tokenizer.</summary>
    public required int EstimatedInputTokens { get; init; }

    /// <summary><see cref="RequestProfile.PrefixHash"/> of the request.</summary>
    public required ulong PrefixHash { get; init; }
}
