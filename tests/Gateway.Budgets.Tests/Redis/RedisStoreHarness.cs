using System.Reflection;
using Gateway.Budgets.Tests.Contract;
using Gateway.Redis;

namespace Gateway.Budgets.Tests.Redis;

/// <summary>Four gateways, each with a connection of its own, on the Redis of a derived class.</summary>
public abstract class RedisStoreHarness : StoreHarness
{
    private static readonly RedisScript Age = RedisScript.FromResource(Assembly.GetExecutingAssembly(), "Gateway.Budgets.Tests.age.lua");

    private readonly List<RedisLink> _links = [];
    private readonly List<RedisBudgetStore> _gateways = [];

    public override IReadOnlyList<IBudgetStore> Gateways => _gateways;

    public override DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public override Task AdvanceAsync(string partition, TimeSpan time)
    {
        var keys = new PartitionKeys(partition);
        return _links[0].RunAsync(Age, [keys.Requests, keys.Leases, keys.Memory, keys.Drops], [(long)time.TotalMilliseconds]);
    }

    public static RedisLink Connect(string configuration) =>
        new(new RedisOptions { Configuration = configuration, TimeoutSeconds = 10 }, TimeProvider.System);

    public override async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }
    }

    protected void ConnectGateways(string configuration)
    {
        for (int i = 0; i < 4; i++)
        {
            var link = Connect(configuration);
            _links.Add(link);
            _gateways.Add(new RedisBudgetStore(link, new BudgetStoreOptions { Memory = Memory }));
        }
    }
}
