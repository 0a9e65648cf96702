using Gateway.Testing;
using Xunit;

namespace Gateway.Redis.Tests.Replicas;

public sealed class ReplicaBoardTests : IAsyncLifetime
{
    private const string Key = "{notes}:v1";

    private readonly List<RedisLink> _links = [];
    private RedisServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Exchange_ThreeReplicas_EachReadsTheOthersNewestNotesByName()
    {
        byte[] binary = [0, 13, 10, 255, 123, 0];
        var (a, b, c) = (Board("a"), Board("b"), Board("c"));

        Assert.Empty(await c.ExchangeAsync([1]));
        Assert.Equal(["c"], (await b.ExchangeAsync([2])).Select(note => note.Replica));
        await b.ExchangeAsync(binary);
        var read = await a.ExchangeAsync([]);

        Assert.Equal(["b", "c"], read.Select(note => note.Replica));
        Assert.Equal(binary, read[0].Note.ToArray());
        Assert.Equal([1], read[1].Note.ToArray());
        Assert.Equal(["a", "b"], (await c.ExchangeAsync([1])).Select(note => note.Replica));
    }

    [Fact]
    public async Task Exchange_NoteNotRenewed_IsDropped()
    {
        var (brief, other) = (Board("brief", milliseconds: 300), Board("other", milliseconds: 300));
        await brief.ExchangeAsync([1]);
        Assert.Single(await other.ExchangeAsync([2]));

        await Wait.UntilAsync(async () => (await other.ExchangeAsync([2])).Count == 0);

        Assert.Equal("other", await _server.CliAsync("HKEYS", $"gateway:{Key}"));
        await Wait.UntilAsync(async () => await _server.CliAsync("EXISTS", $"gateway:{Key}") == "0");
    }

    [Fact]
    public async Task Exchange_FieldThatIsNoNote_IsDropped()
    {
        await _server.CliAsync("HSET", $"gateway:{Key}", "stranger", "hello");

        Assert.Empty(await Board("a").ExchangeAsync([1]));

        Assert.Equal("a", await _server.CliAsync("HKEYS", $"gateway:{Key}"));
    }

    [Fact]
    public async Task Exchange_AnotherPrefix_IsAnotherBoard()
    {
        await Board("a").ExchangeAsync([1]);

        Assert.Empty(await Board("b", prefix: "staging:").ExchangeAsync([1]));
    }

    private ReplicaBoard Board(string replica, int milliseconds = 60_000, string prefix = "gateway:")
    {
        var link = new RedisLink(new RedisOptions { Configuration = _server.Address, KeyPrefix = prefix, TimeoutSeconds = 5 }, TimeProvider.System);
        _links.Add(link);
        return new ReplicaBoard(link, Key, replica, TimeSpan.FromMilliseconds(milliseconds));
    }
}
