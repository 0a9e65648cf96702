namespace Gateway.Redis;

/// <summary>
/// A board in Redis on which every replica keeps one note that all others read. A note that is not renewed is dropped when its lifetime
/// is over.
/// </summary>
/// <param name="key">
/// The key of the hash that holds the notes, with a hash tag for clusters and a version: <c>{name}:v1</c>. The version changes with the
/// layout of the hash, not with the notes.
/// </param>
/// <param name="replica">This replica's name; no two may have the same.</param>
/// <param name="lifetime">At least a millisecond.</param>
public sealed class ReplicaBoard(RedisLink link, string key, string replica, TimeSpan lifetime)
{
    private static readonly RedisScript Exchange = RedisScript.FromResource(typeof(ReplicaBoard).Assembly, "Gateway.Redis.exchange.lua");

    /// <summary>Renews this replica's note, and reads those of all others, ordered by name.</summary>
    /// <exception cref="RedisCallException">Redis is down or refuses.</exception>
    public async Task<IReadOnlyList<ReplicaNote>> ExchangeAsync(byte[] note, CancellationToken cancellationToken = default)
    {
        var reply = await link.RunAsync(Exchange, [key], [replica, note, (long)lifetime.TotalMilliseconds], cancellationToken);
        return [.. reply.Items.Chunk(2).Select(pair => new ReplicaNote(pair[0].Text, pair[1].Bytes)).OrderBy(other => other.Replica, StringComparer.Ordinal)];
    }
}
