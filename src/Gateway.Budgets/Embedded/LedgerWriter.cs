using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>Writes to the file, over the only connection that does. Not safe for concurrent use.</summary>
internal sealed class LedgerWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _append;
    private readonly SqliteCommand _spend;
    private readonly SqliteCommand _partition;
    private readonly SqliteCommand _drop;

    public LedgerWriter(LedgerFile file)
    {
        _connection = file.Connect();
        _append = Command(
            """
            INSERT INTO ledger (partition, request, version, held, charges, entry) VALUES ($partition, $request, $version, $held, $charges, $entry)
            RETURNING id
            """,
            "$partition", "$request", "$version", "$held", "$charges", "$entry");
        _spend = Command(
            """
            INSERT INTO counters (partition, counter, spent, dropped) VALUES ($partition, $counter, $spent, $dropped)
            ON CONFLICT DO UPDATE SET spent = excluded.spent, dropped = excluded.dropped
            """,
            "$partition", "$counter", "$spent", "$dropped");
        _partition = Command("INSERT INTO partitions (name) VALUES ($name) ON CONFLICT DO NOTHING", "$name");
        _drop = Command("DELETE FROM counters WHERE dropped <= $now", "$now");
    }

    /// <summary>All that follows is written by the transaction's commit, or not at all.</summary>
    public SqliteTransaction Begin()
    {
        var transaction = _connection.BeginTransaction();
        foreach (var command in (SqliteCommand[])[_append, _spend, _partition, _drop])
        {
            command.Transaction = transaction;
        }

        return transaction;
    }

    /// <summary>Adds a record to the ledger, which must not have the request yet.</summary>
    public LedgerPosition Append(RequestKey request, bool wasHeld, IReadOnlyList<LedgerCharge> charges, string entry)
    {
        Run(_partition, request.Partition);
        var id = (long)Run(_append, request.Partition, request.RequestId, LedgerFormat.Version, wasHeld ? 1 : 0, LedgerFormat.WriteCharges(charges), entry)!;
        return new LedgerPosition(LedgerReader.Id(id), wasHeld, charges);
    }

    public void SetSpent(CounterKey counter, long spent, long droppedAt) => Run(_spend, counter.Partition, counter.Counter.ToString(), spent, droppedAt);

    /// <param name="now">In ms of Unix time.</param>
    public void Drop(long now) => Run(_drop, now);

    public void Dispose()
    {
        _append.Dispose();
        _spend.Dispose();
        _partition.Dispose();
        _drop.Dispose();
        _connection.Dispose();
    }

    private static object? Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command.ExecuteScalar();
    }

    private SqliteCommand Command(string sql, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (string parameter in parameters)
        {
            command.Parameters.AddWithValue(parameter, "");
        }

        return command;
    }
}
