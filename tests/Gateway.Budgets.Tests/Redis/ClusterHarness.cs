namespace Gateway.Budgets.Tests.Redis;

public sealed class ClusterHarness : RedisStoreHarness
{
    private RedisCluster _cluster = null!;

    public override async ValueTask InitializeAsync()
    {
        _cluster = await RedisCluster.StartAsync();
        ConnectGateways(_cluster.Configuration);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _cluster.DisposeAsync();
    }
}
