using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>Answers of requests with an idempotency key, shared by all gateways on one Redis. Leases go by Redis' clock.</summary>
public sealed class RedisIdempotencyStore(RedisLink link) : IIdempotencyStore
{
    private const int SchemaVersion = 1;

    private static readonly RedisScript Claim = Load("claim");
    private static readonly RedisScript Append = Load("append");
    private static readonly RedisScript Finish = Load("finish");
    private static readonly RedisScript Read = Load("read");

    public async Task<IdempotencyClaim> ClaimAsync(
        string record, string fingerprint, string run, string requestId, TimeSpan lease, TimeSpan keep, CancellationToken cancellationToken = default)
    {
        var reply = (await CallAsync(
            Claim, record, [SchemaVersion, fingerprint, run, requestId, Milliseconds(lease), Milliseconds(keep)], cancellationToken)).Items;
        return new IdempotencyClaim((ClaimOutcome)reply[0].Integer, reply[1].Text, reply[2].Text);
    }

    public async Task<RunHold> AppendAsync(
        string record, string run, int position, ReadOnlyMemory<byte> part, TimeSpan lease, CancellationToken cancellationToken = default)
    {
        var reply = (await CallAsync(Append, record, [run, position, part.ToArray(), Milliseconds(lease)], cancellationToken)).Items;
        return new RunHold(reply[0].Integer == 1, reply[1].Integer >= 0 ? TimeSpan.FromMilliseconds(reply[1].Integer) : null);
    }

    public async Task<bool> FinishAsync(string record, string run, RunState end, TimeSpan keep, CancellationToken cancellationToken = default) =>
        (await CallAsync(Finish, record, [run, (long)end, Milliseconds(keep), end == RunState.Oversized ? 1 : 0], cancellationToken)).Integer == 1;

    public async Task<RunProgress> ReadAsync(string record, string run, int skip, CancellationToken cancellationToken = default)
    {
        var reply = (await CallAsync(Read, record, [run, skip, RunProgress.MaxParts], cancellationToken)).Items;
        return new RunProgress(
            (RunState)reply[0].Integer,
            [.. reply.Skip(2).Select(part => (ReadOnlyMemory<byte>)part.Bytes)],
            IsLast: skip + reply.Count - 2 >= reply[1].Integer);
    }

    private async Task<RedisReply> CallAsync(RedisScript script, string record, IReadOnlyList<RedisArgument> arguments, CancellationToken cancellationToken)
    {
        try
        {
            string key = $"{{idempotency:{record}}}:v{SchemaVersion}";
            return await link.RunAsync(script, [key, $"{key}:answer"], arguments, cancellationToken);
        }
        catch (RedisCallException exception)
        {
            throw new StoreUnavailableException(exception.Message, exception);
        }
    }

    private static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds);

    private static RedisScript Load(string name) =>
        RedisScript.FromResource(typeof(RedisIdempotencyStore).Assembly, $"Gateway.Budgets.idempotency-{name}.lua");
}
