using Xunit;

namespace Gateway.Budgets.Tests.Contract;

/// <summary>A real store for the contract's tests, which share it: each takes a partition of its own.</summary>
public abstract class StoreHarness : IAsyncLifetime
{
    /// <summary>How long settled requests and counters are remembered here.</summary>
    public static TimeSpan Memory { get; } = TimeSpan.FromHours(24);

    /// <summary>What several gateways have; one and the same for the embedded store.</summary>
    public abstract IReadOnlyList<IBudgetStore> Gateways { get; }

    public IBudgetStore Store => Gateways[0];

    /// <summary>The store's clock.</summary>
    public abstract DateTimeOffset Now { get; }

    /// <summary>Ages all that the store holds in a partition.</summary>
    public abstract Task AdvanceAsync(string partition, TimeSpan time);

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();
}
