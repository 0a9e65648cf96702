using Gateway.Budgets.Tests.Redis;
using Gateway.Redis;
using Gateway.Testing;

namespace Gateway.Budgets.Tests.Keys;

public sealed class RedisKeyStoreTests : KeyStoreContract, IAsyncLifetime
{
    private RedisServer _server = null!;
    private RedisLink _link = null!;
    private IKeyStore _store = null!;

    protected override IKeyStore Store => _store;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _link = RedisStoreHarness.Connect(_server.Configuration);
        _store = new RedisKeyStore(_link);
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _server.DisposeAsync();
    }

    protected override Task SubscribedAsync() => Wait.UntilAsync(async () => await _server.CliAsync("PUBSUB", "NUMSUB", "gateway:{keys}:v1:changes") is var count && count.EndsWith('1'));
}
