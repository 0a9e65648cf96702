using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>
/// Managed keys of all gateways on one Redis: a hash of their records, a version that changes with each write, and a message that says that
/// it did.
/// </summary>
public sealed class RedisKeyStore(RedisLink link) : IKeyStore
{
    private const string Records = "{keys}:v1";
    private const string Version = "{keys}:v1:version";
    private const string Changes = "{keys}:v1:changes";

    private static readonly RedisScript ReadScript = Load("keys-read");
    private static readonly RedisScript WriteScript = Load("keys-write");

    public async Task<KeySet?> ReadAsync(string? knownVersion, CancellationToken cancellationToken = default)
    {
        var reply = (await CallAsync(ReadScript, [Records, Version], [knownVersion ?? "none"], cancellationToken)).Items;
        return reply.Count == 0
            ? null
            : new KeySet(reply[0].Text, [.. reply.Skip(1).Select(record => ManagedKeyFormat.Read(record.Text)).OrderBy(key => key.Id, StringComparer.Ordinal)]);
    }

    public Task<bool> PutAsync(ManagedKey key, CancellationToken cancellationToken = default) => WriteAsync(key, mustFollow: true, cancellationToken);

    public Task RestoreAsync(ManagedKey key, CancellationToken cancellationToken = default) => WriteAsync(key, mustFollow: false, cancellationToken);

    public void Watch(Action changed) => link.Subscribe(Changes, changed);

    private async Task<bool> WriteAsync(ManagedKey key, bool mustFollow, CancellationToken cancellationToken)
    {
        // A version is not counted but drawn, so that a Redis that lost its data never comes back to one that a gateway has seen.
        var reply = await CallAsync(
            WriteScript,
            [Records, Version, Changes],
            [key.Id, key.Revision, ManagedKeyFormat.Write(key), mustFollow ? 1 : 0, Guid.NewGuid().ToString("N")],
            cancellationToken);
        return reply.Integer == 1;
    }

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

    private static RedisScript Load(string name) => RedisScript.FromResource(typeof(RedisKeyStore).Assembly, $"Gateway.Budgets.{name}.lua");
}
