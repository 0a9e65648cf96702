using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>Notices of all gateways on one Redis. Due times go by Redis' clock.</summary>
public sealed class RedisNoticeOutbox(RedisLink link) : INoticeOutbox
{
    private const string Due = "{notices}:v1:due";
    private const string Records = "{notices}:v1:records";
    private const string Attempts = "{notices}:v1:attempts";

    private static readonly RedisScript Add = Load("add");
    private static readonly RedisScript Claim = Load("claim");
    private static readonly RedisScript Remove = Load("remove");
    private static readonly RedisScript Delay = Load("delay");

    public async Task<bool> AddAsync(Notice notice, DateTimeOffset remember, CancellationToken cancellationToken = default)
    {
        // Redis takes no date beyond some 290 million years; what is remembered longer than a century is not dropped at all.
        long until = remember.Year > 2100 ? 0 : remember.ToUnixTimeMilliseconds();
        var reply = await CallAsync(Add, [$"{{notices}}:v1:seen:{notice.Id}", Due, Records], [notice.Id, NoticeFormat.Write(notice), until], cancellationToken);
        return reply.Integer == 1;
    }

    public async Task<IReadOnlyList<DueNotice>> ClaimAsync(TimeSpan lease, int count, CancellationToken cancellationToken = default)
    {
        var reply = await CallAsync(Claim, [Due, Records, Attempts], [(long)lease.TotalMilliseconds, count], cancellationToken);
        return [.. reply.Items.Chunk(2).Select(pair => new DueNotice(NoticeFormat.Read(pair[0].Text), (int)pair[1].Integer))];
    }

    public async Task<long> CountAsync(CancellationToken cancellationToken = default) =>
        (await CallAsync(link.RunCommandAsync(["ZCARD"], Due, [], cancellationToken))).Integer;

    public Task RemoveAsync(string id, CancellationToken cancellationToken = default) => CallAsync(Remove, [Due, Records, Attempts], [id], cancellationToken);

    public Task DelayAsync(string id, TimeSpan wait, CancellationToken cancellationToken = default) =>
        CallAsync(Delay, [Due], [id, (long)wait.TotalMilliseconds], cancellationToken);

    private Task<RedisReply> CallAsync(
        RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, CancellationToken cancellationToken) =>
        CallAsync(link.RunAsync(script, keys, arguments, cancellationToken));

    private static async Task<RedisReply> CallAsync(Task<RedisReply> call)
    {
        try
        {
            return await call;
        }
        catch (RedisCallException exception)
        {
            throw new StoreUnavailableException(exception.Message, exception);
        }
    }

    private static RedisScript Load(string name) => RedisScript.FromResource(typeof(RedisNoticeOutbox).Assembly, $"Gateway.Budgets.notices-{name}.lua");
}
