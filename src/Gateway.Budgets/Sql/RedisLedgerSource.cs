using Gateway.Redis;

namespace Gateway.Budgets.Sql;

/// <summary>
/// The ledger's streams in Redis, one for each partition, read by a consumer group of which every gateway is a consumer. An entry of a stream has the
/// records that were settled together. It is deleted when all of them are confirmed, and only then.
/// </summary>
/// <param name="consumer">This gateway's name; no two may have the same.</param>
public sealed class RedisLedgerSource(RedisLink link, string consumer, LedgerOptions options, TimeProvider time) : ILedgerSource
{
    private const string Group = "sql";

    /// <summary>How many entries one script confirms: what Lua can unpack onto its stack, with room to spare.</summary>
    private const int ConfirmBatch = 1000;

    private static readonly TimeSpan ForgetConsumerAfter = TimeSpan.FromDays(1);

    private readonly TimeSpan _claimAfter = TimeSpan.FromSeconds(options.ClaimAfterSeconds);
    private IReadOnlyList<string> _partitions = [];
    private int _next;
    private long? _lookedAt;
    private Dictionary<string, LedgerBacklog> _backlogs = new(StringComparer.Ordinal);

    public LedgerBacklog? Backlog => _lookedAt is null
        ? null
        : new LedgerBacklog(
            _backlogs.Values.Sum(backlog => backlog.Records), _backlogs.Values.Select(backlog => backlog.Age).DefaultIfEmpty(TimeSpan.Zero).Max());

    /// <summary>From one partition after the other, each in its turn, until there are enough.</summary>
    public async Task<IReadOnlyList<IncomingRecord>> TakeAsync(LedgerDatabase ledger, int count, CancellationToken cancellationToken = default)
    {
        if (_lookedAt is not { } lookedAt || time.GetElapsedTime(lookedAt) >= _claimAfter / 2)
        {
            await LookAroundAsync(ledger, count, cancellationToken);
        }

        List<IncomingRecord> records = [];
        for (int i = 0; i < _partitions.Count && records.Count < count; i++)
        {
            string partition = _partitions[_next++ % _partitions.Count];
            records.AddRange(await TakeAsync(partition, count - records.Count, cancellationToken));
        }

        if (records.Count > 0)
        {
            return records;
        }

        // Nothing waits. A partition may have come since the last look.
        await ReadPartitionsAsync(cancellationToken);
        return [];
    }

    public async Task ConfirmAsync(IReadOnlyList<IncomingRecord> records, CancellationToken cancellationToken = default)
    {
        foreach (var partition in records.GroupBy(record => record.Partition, StringComparer.Ordinal))
        {
            var entries = partition.GroupBy(record => StreamPosition.Parse(record.Position).Entry, StringComparer.Ordinal);
            foreach (var chunk in entries.Select(entry => (entry.Key, entry.Count())).Chunk(ConfirmBatch))
            {
                await ConfirmAsync(partition.Key, chunk, cancellationToken);
            }
        }
    }

    /// <summary>Makes sure that the entries are this ledger's, and takes over what others left behind.</summary>
    private async Task LookAroundAsync(LedgerDatabase ledger, int count, CancellationToken cancellationToken)
    {
        string home = (await RunAsync(LedgerScripts.Home, [PartitionKeys.LedgerHome], [ledger.Id], cancellationToken)).Text;
        if (home != ledger.Id)
        {
            throw new LedgerUnavailableException(
                $"The entries in Redis go to the ledger with the id {home}; {ledger.Name} has the id {ledger.Id}. Two ledgers would each have a part of them. "
                + "Give all gateways of this Redis the same Ledger:Connection, or, when the ledger was moved, delete the key that the runbook on "
                + "ledger lag names.");
        }

        await ReadPartitionsAsync(cancellationToken);
        foreach (string partition in _partitions)
        {
            await RunAsync(
                LedgerScripts.Claim,
                [new PartitionKeys(partition).Ledger],
                [Group, consumer, (long)_claimAfter.TotalMilliseconds, count, (long)ForgetConsumerAfter.TotalMilliseconds],
                cancellationToken);
        }

        _lookedAt = time.GetTimestamp();
    }

    private async Task ReadPartitionsAsync(CancellationToken cancellationToken)
    {
        var reply = await RunAsync(BudgetScripts.Partitions, [PartitionKeys.Partitions], [], cancellationToken);
        _partitions = [.. reply.Items.Select(name => name.Text).Order(StringComparer.Ordinal)];
        _backlogs = new Dictionary<string, LedgerBacklog>(_backlogs.Where(backlog => _partitions.Contains(backlog.Key)), StringComparer.Ordinal);
    }

    private async Task<IReadOnlyList<IncomingRecord>> TakeAsync(string partition, int count, CancellationToken cancellationToken)
    {
        var keys = new PartitionKeys(partition);
        var backlog = (await RunAsync(LedgerScripts.Backlog, [keys.Ledger, keys.Sums], [Group], cancellationToken)).Items;
        var (waiting, records) = (backlog[0].Integer, backlog[1].Integer);
        _backlogs[partition] = new LedgerBacklog(records, TimeSpan.FromMilliseconds(backlog[2].Integer));
        if (waiting == 0)
        {
            return [];
        }

        // As many entries as have so many records on average. First what was handed to this gateway and never confirmed, then what is new.
        int most = (int)Math.Clamp(count * waiting / records, 1, count);
        var entries = await ReadAsync(partition, "0", most, cancellationToken);
        entries = entries.Count > 0 ? entries : await ReadAsync(partition, ">", most, cancellationToken);
        (string Entry, int Records)[] gone = [.. entries.Where(entry => entry[1].IsNil).Select(entry => (entry[0].Text, 0))];
        if (gone.Length > 0)
        {
            // Another gateway took them over, and they are committed.
            await ConfirmAsync(partition, gone, cancellationToken);
        }

        return
        [
            .. entries.Where(entry => !entry[1].IsNil).SelectMany(StreamEntry.Records)
                .Select(record => new IncomingRecord(partition, record.Position.ToString(), record.Fields)),
        ];
    }

    /// <summary>By the command itself: a script would keep Redis from its other work for a tenth of a second.</summary>
    /// <returns>Id and fields of each entry; nil in place of the fields when it is there no more.</returns>
    private async Task<IReadOnlyList<IReadOnlyList<RedisReply>>> ReadAsync(string partition, string after, int count, CancellationToken cancellationToken)
    {
        var reply = await CallAsync(link.RunCommandAsync(
            ["XREADGROUP", "GROUP", Group, consumer, "COUNT", count, "STREAMS"], new PartitionKeys(partition).Ledger, [after], cancellationToken));
        return reply.IsNil ? [] : [.. reply.Items[0].Items[1].Items.Select(entry => entry.Items)];
    }

    private Task ConfirmAsync(string partition, IReadOnlyList<(string Entry, int Records)> entries, CancellationToken cancellationToken)
    {
        var keys = new PartitionKeys(partition);
        return RunAsync(
            LedgerScripts.Confirm,
            [keys.Ledger, keys.Sums],
            [Group, .. entries.SelectMany(entry => (RedisArgument[])[entry.Entry, entry.Records])],
            cancellationToken);
    }

    private Task<RedisReply> RunAsync(
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
            throw new LedgerUnavailableException($"The ledger's entries in Redis cannot be read: {exception.Message}", exception);
        }
    }
}
