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

    /// <summary>
    /// The prices of <see cref="Model"/> that were in force, as themselves: US dollars per million tokens of input, cached input and output, such as
    /// <c>0.25/0.025/2</c>. Null when it has none.
    /// </summary>
    public string? PriceVersion { get; init; }

    /// <summary>Of all attempts together, in nano-US-dollars, rounded up once.</summary>
    public required long Cost { get; init; }

    public required CostBasis Basis { get; init; }

    public required LedgerOutcome Outcome { get; init; }

    /// <summary>The work that the request named as its own (<c>x-gateway-workflow</c>); null for none, and in entries of before there was one.</summary>
    public string? Workflow { get; init; }

    /// <summary>In the order in which they ended, hedges included. What they cost adds up to <see cref="Cost"/>.</summary>
    public ImmutableArray<LedgerAttempt> Attempts { get; init; } = [];

    public bool Equals(LedgerEntry? other) =>
        other is not null
        && (RequestId, Time, Scopes, Outcome) == (other.RequestId, other.Time, other.Scopes, other.Outcome)
        && (Route, Model, Provider, Tokens) == (other.Route, other.Model, other.Provider, other.Tokens)
        && (PriceVersion, Cost, Basis, Workflow) == (other.PriceVersion, other.Cost, other.Basis, other.Workflow)
        && Attempts.SequenceEqual(other.Attempts);

    public override int GetHashCode() => HashCode.Combine(RequestId, Time, Cost);
}
