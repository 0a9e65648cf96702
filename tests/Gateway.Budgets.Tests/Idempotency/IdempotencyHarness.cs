namespace Gateway.Budgets.Tests.Idempotency;

/// <summary>A real store for the contract's tests, which share it: each takes a record of its own.</summary>
public abstract class IdempotencyHarness : IAsyncLifetime
{
    /// <summary>What several gateways have; one and the same for the embedded store.</summary>
    public abstract IReadOnlyList<IIdempotencyStore> Gateways { get; }

    /// <summary>Ages what the store holds of a record.</summary>
    public abstract Task AdvanceAsync(string record, TimeSpan time);

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();
}
