using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>The records of all gateways on one Redis: a hash of them, a version that changes with each write, and a message that says that it did.</summary>
/// <param name="kind">Names its keys in Redis, such as <c>keys</c>.</param>
internal sealed class RedisManagedRecords(RedisLink link, string kind) : IManagedRecords
{
    private static readonly RedisScript ReadScript = Load("records-read");
    private static readonly RedisScript WriteScript = Load("records-write");

    private readonly string _records = $"{{{kind}}}:v1";
    private readonly string _version = $"{{{kind}}}:v1:version";
    private readonly string _changes = $"{{{kind}}}:v1:changes";

    public async Task<(string Version, IReadOnlyList<string> Texts)?> ReadAsync(string? knownVersion, CancellationToken cancellationToken)
    {
        var reply = (await CallAsync(ReadScript, [_records, _version], [knownVersion ?? "none"], cancellationToken)).Items;
        return reply.Count == 0 ? null : (reply[0].Text, [.. reply.Skip(1).Select(record => record.Text)]);
    }

    public async Task<bool> WriteAsync(ManagedRecord record, bool mustFollow, CancellationToken cancellationToken)
    {
        // A version is not counted but drawn, so that a Redis that lost its data never comes back to one that a gateway has seen.
        var reply = await CallAsync(
            WriteScript,
            [_records, _version, _changes],
            [record.Id, record.Revision, record.Text, mustFollow ? 1 : 0, Guid.NewGuid().ToString("N")],
            cancellationToken);
        return reply.Integer == 1;
    }

    public void Watch(Action changed) => link.Subscribe(_changes, changed);

    private async Task<RedisReply> CallAsync(
        RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await link.RunAsync(script, keys, arguments, cancellationToken);
        }
        catch (RedisCallException exception)
        {
            throw new StoreUnavailableException(exception.Message, exception);
        }
    }

    private static RedisScript Load(string name) => RedisScript.FromResource(typeof(RedisManagedRecords).Assembly, $"Gateway.Budgets.{name}.lua");
}
