using Gateway.Budgets.Tests.Contract;
using Xunit;

namespace Gateway.Budgets.Tests.Redis;

/// <summary>One cluster for all four: it takes seconds to form.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterCollection : ICollectionFixture<ClusterHarness>
{
    public const string Name = "Redis Cluster";
}

[Collection(ClusterCollection.Name)]
public sealed class ClusterReserveTests(ClusterHarness harness) : ReserveContract(harness);

[Collection(ClusterCollection.Name)]
public sealed class ClusterSettleTests(ClusterHarness harness) : SettleContract(harness);

[Collection(ClusterCollection.Name)]
public sealed class ClusterConcurrencyTests(ClusterHarness harness) : ConcurrencyContract(harness);

[Collection(ClusterCollection.Name)]
public sealed class ClusterHistoryTests(ClusterHarness harness) : HistoryContract(harness, histories: 50);
