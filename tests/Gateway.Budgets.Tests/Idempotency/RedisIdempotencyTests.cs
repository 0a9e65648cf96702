using System.Globalization;
using Gateway.Budgets.Tests.Redis;
using Gateway.Redis;
using Gateway.Testing;

namespace Gateway.Budgets.Tests.Idempotency;

public sealed class RedisIdempotencyTests(RedisIdempotencyHarness harness) : IdempotencyContract(harness), IClassFixture<RedisIdempotencyHarness>;

public sealed class RedisIdempotencyHarness : IdempotencyHarness
{
    private readonly List<RedisLink> _links = [];
    private RedisServer _server = null!;

    public override IReadOnlyList<IIdempotencyStore> Gateways => [.. _links.Select(link => new RedisIdempotencyStore(link))];

    /// <summary>Instead of the clock, which is Redis' own, what hangs on it is moved: the times of the record and those at which keys are dropped.</summary>
    public override async Task AdvanceAsync(string record, TimeSpan time)
    {
        long by = (long)time.TotalMilliseconds;
        string key = $"gateway:{{idempotency:{record}}}:v1";
        foreach (string field in new[] { "until", "read" })
        {
            if (await _server.CliAsync("HEXISTS", key, field) == "1")
            {
                await _server.CliAsync("HINCRBY", key, field, $"-{by}");
            }
        }

        foreach (string name in new[] { key, $"{key}:answer" })
        {
            long left = long.Parse(await _server.CliAsync("PTTL", name), CultureInfo.InvariantCulture);
            if (left > 0)
            {
                await _server.CliAsync("PEXPIRE", name, $"{left - by}");
            }
        }
    }

    public override async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _links.AddRange(Enumerable.Range(0, 3).Select(_ => RedisStoreHarness.Connect(_server.Configuration)));
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }

        await _server.DisposeAsync();
    }
}
