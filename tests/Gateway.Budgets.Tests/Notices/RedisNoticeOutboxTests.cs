using Gateway.Budgets.Tests.Redis;
using Gateway.Redis;
using Gateway.Testing;

namespace Gateway.Budgets.Tests.Notices;

public sealed class RedisNoticeOutboxTests : NoticeOutboxContract, IAsyncLifetime
{
    private const string Due = "gateway:{notices}:v1:due";

    private readonly List<RedisLink> _links = [];
    private RedisServer _server = null!;

    protected override DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _links.AddRange(Enumerable.Range(0, 2).Select(_ => RedisStoreHarness.Connect(_server.Configuration)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    protected override INoticeOutbox Outbox(int gateway) => new RedisNoticeOutbox(_links[gateway % _links.Count]);

    /// <summary>Instead of the clock, which is Redis' own, the due times are moved.</summary>
    protected override async Task AdvanceAsync(TimeSpan time)
    {
        foreach (string id in (await _server.CliAsync("ZRANGE", Due, "0", "-1")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            await _server.CliAsync("ZINCRBY", Due, $"-{(long)time.TotalMilliseconds}", id);
        }
    }
}
