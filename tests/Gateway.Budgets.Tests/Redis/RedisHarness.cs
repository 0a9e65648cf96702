using Gateway.Testing;

namespace Gateway.Budgets.Tests.Redis;

public sealed class RedisHarness : RedisStoreHarness
{
    private RedisServer _server = null!;

    public override async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        ConnectGateways(_server.Configuration);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }
}
