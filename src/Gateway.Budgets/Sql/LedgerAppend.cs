using System.Data.Common;
using Dapper;

namespace Gateway.Budgets.Sql;

/// <summary>
/// One transaction that adds records to the ledger.
/// <para>1. Those that cannot be read are sorted out.</para>
/// <para>2. The others are added, unless their requests are there already.</para>
/// <para>3. What is there already is compared: one request has one entry.</para>
/// <para>4. What was sorted out is set aside, and all of it is committed.</para>
/// </summary>
/// <param name="now">In microseconds of Unix time.</param>
internal sealed class LedgerAppend(LedgerDatabase database, DbConnection connection, long now)
{
    private readonly List<RejectedRecord> _rejected = [];

    public async Task<AppendResult> RunAsync(IReadOnlyList<IncomingRecord> records, CancellationToken cancellationToken)
    {
        // :: Step 1
        var rows = Read(records);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // :: Step 2
        // In the order of their keys, so that two writers never wait for each other.
        HashSet<RequestKey> keys = new(rows.Count);
        var firsts = rows.Where(row => keys.Add(row.Key)).ToList();
        var again = rows.Count == firsts.Count ? [] : rows.Except(firsts, ReferenceEqualityComparer.Instance).Cast<LedgerRow>().ToList();
        firsts.Sort(CompareKeys);
        var known = firsts.Count == 0 ? [] : await database.InsertAsync(transaction, firsts, cancellationToken);

        // :: Step 3
        foreach (var row in known.Concat(again))
        {
            if (await EntryAsync(transaction, row.Key, cancellationToken) != row.EntryText)
            {
                _rejected.Add(new RejectedRecord(row.Source, $"the ledger has another entry of request {row.Entry.RequestId}"));
            }
        }

        // :: Step 4
        await SetAsideAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        int added = firsts.Count - known.Count;
        return new AppendResult(added, records.Count - added - _rejected.Count, _rejected);
    }

    public async Task<AppendResult> RejectAsync(IncomingRecord record, string reason, CancellationToken cancellationToken)
    {
        _rejected.Clear();
        _rejected.Add(new RejectedRecord(record, reason));
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await SetAsideAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new AppendResult(0, 0, _rejected);
    }

    public static async Task<IReadOnlyList<IncomingRecord>> RejectedAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<(string Partition, string Position, byte[] Payload)>(new CommandDefinition(
            "SELECT partition, position, payload FROM ledger_rejected ORDER BY partition, position", cancellationToken: cancellationToken));
        return [.. rows.Select(row => IncomingRecord.OfPayload(row.Partition, row.Position, row.Payload))];
    }

    /// <summary>Moves a record that was set aside into the ledger, if it can be read by now and its request is not there.</summary>
    public async Task<bool> RetryAsync(IncomingRecord record, CancellationToken cancellationToken)
    {
        if (Read([record]) is not [var row])
        {
            return false;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if ((await database.InsertAsync(transaction, [row], cancellationToken)).Count > 0)
        {
            return false;
        }

        await connection.ExecuteAsync(new CommandDefinition(
            "DELETE FROM ledger_rejected WHERE partition = @Partition AND position = @Position",
            new { record.Partition, record.Position }, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static int CompareKeys(LedgerRow one, LedgerRow other) =>
        string.CompareOrdinal(one.Partition, other.Partition) is not 0 and var order
            ? order
            : string.CompareOrdinal(one.Entry.RequestId, other.Entry.RequestId);

    private List<LedgerRow> Read(IEnumerable<IncomingRecord> records)
    {
        List<LedgerRow> rows = [];
        foreach (var record in records)
        {
            try
            {
                rows.Add(LedgerRow.Read(record));
            }
            catch (FormatException exception)
            {
                _rejected.Add(new RejectedRecord(record, exception.Message));
            }
        }

        return rows;
    }

    private Task<string?> EntryAsync(DbTransaction transaction, RequestKey key, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT entry FROM ledger WHERE partition = @Partition AND request = @RequestId",
            new { key.Partition, key.RequestId }, transaction, cancellationToken: cancellationToken));

    private async Task SetAsideAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        foreach (var (record, reason) in _rejected)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                """
                INSERT INTO ledger_rejected (partition, position, payload, reason, rejected_us)
                VALUES (@Partition, @Position, @Payload, @reason, @now) ON CONFLICT DO NOTHING
                """,
                new { record.Partition, record.Position, record.Payload, reason, now }, transaction, cancellationToken: cancellationToken));
        }
    }
}
