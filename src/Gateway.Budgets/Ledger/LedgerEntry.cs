using System.Collections.Immutable;

namespace Gateway.Budgets;

/// <summary>What the ledger says of a request. It holds neither prompts nor answers.</summary>
public sealed record LedgerEntry
{
    public required string RequestId { get; init; }

    /// <summary>When the request came, in UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    public required LedgerScopes Scopes { get; init; }

    /// <summary>The route, as the client named it.</summary>
    public required string Route { get; init; }

    /// <summary>The model that answered, or was tried last; empty when none was.</summary>
    public required string Model { get; init; }

    public required string Provider { get; init; }

    public required LedgerTokens Tokens { get; init; }

    /// <summary>The prices that were in force; null when the model has none.</summary>
    public string? PriceVersion { get; init; }

    /// <summary>Of all attempts together, in nano-US-dollars, rounded up once.</summary>
    public required long Cost { get; init; }

    public required CostBasis Basis { get; init; }

    public required LedgerOutcome Outcome { get; init; }

    /// <summary>In the order in which they began, hedges included.</summary>
    public ImmutableArray<LedgerAttempt> Attempts { get; init; } = [];

    public bool Equals(LedgerEntry? other) =>
        other is not null
        && (RequestId, Time, Scopes, Outcome) == (other.RequestId, other.Time, other.Scopes, other.Outcome)
        && (Route, Model, Provider, Tokens) == (other.Route, other.Model, other.Provider, other.Tokens)
        && (PriceVersion, Cost, Basis) == (other.PriceVersion, other.Cost, other.Basis)
        && Attempts.SequenceEqual(other.Attempts);

    public override int GetHashCode() => HashCode.Combine(RequestId, Time, Cost);
}
