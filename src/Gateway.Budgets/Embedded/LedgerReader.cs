using System.Globalization;
using Gateway.Budgets.Sql;
using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>Reads from the file over a connection of its own. Not safe for concurrent use.</summary>
internal sealed class LedgerReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _counter;
    private readonly SqliteCommand _request;

    public LedgerReader(LedgerFile file)
    {
        _connection = file.Connect();
        _counter = Command("SELECT spent, dropped FROM counters WHERE partition = $partition AND counter = $key");
        _request = Command("SELECT id, version, held, charges FROM ledger WHERE partition = $partition AND request = $key");
    }

    public Counter Counter(CounterKey key)
    {
        using var row = Select(_counter, key.Partition, key.Counter.ToString());
        return row.Read()
            ? new Counter(key.Counter, row.GetInt64(0), row.GetInt64(1))
            : new Counter(key.Counter, spent: 0, Gateway.Budgets.Counter.Never);
    }

    /// <summary>Where a settled request stands; null when it is not settled.</summary>
    public LedgerPosition? Find(RequestKey request)
    {
        using var row = Select(_request, request.Partition, request.RequestId);
        if (!row.Read())
        {
            return null;
        }

        LedgerFormat.CheckVersion(row.GetInt64(1), "The settlement");
        return new LedgerPosition(Id(row.GetInt64(0)), row.GetInt64(2) == 1, LedgerFormat.ReadCharges(Words(row.GetString(3))));
    }

    public IReadOnlyList<LedgerRecord> Records(string partition, long after, int count)
    {
        using var command = Command(
            "SELECT id, version, held, charges, entry FROM ledger WHERE partition = $partition AND id > $key ORDER BY id LIMIT $count");
        command.Parameters.AddWithValue("$count", count);
        using var row = Select(command, partition, after);
        List<LedgerRecord> records = [];
        while (row.Read())
        {
            string id = Id(row.GetInt64(0));
            LedgerFormat.CheckVersion(row.GetInt64(1), $"The record {id} of the ledger");
            records.Add(LedgerFormat.Read(id, row.GetInt64(2) == 1, row.GetString(3), row.GetString(4)));
        }

        return records;
    }

    /// <summary>Records of all partitions, in the order in which they were written, and as they stand in the file.</summary>
    public IReadOnlyList<IncomingRecord> Unread(long after, int count)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT id, partition, version, held, charges, entry FROM ledger WHERE id > $after ORDER BY id LIMIT $count";
        command.Parameters.AddWithValue("$after", after);
        command.Parameters.AddWithValue("$count", count);
        using var row = command.ExecuteReader();
        List<IncomingRecord> records = [];
        while (row.Read())
        {
            records.Add(new IncomingRecord(
                row.GetString(1),
                Id(row.GetInt64(0)),
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["v"] = row.GetString(2),
                    ["held"] = row.GetString(3),
                    ["charges"] = row.GetString(4),
                    ["entry"] = row.GetString(5),
                }));
        }

        return records;
    }

    public long CountUnread(long after)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM ledger WHERE id > $after";
        command.Parameters.AddWithValue("$after", after);
        return (long)command.ExecuteScalar()!;
    }

    public IReadOnlyList<string> Partitions()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT name FROM partitions";
        using var row = command.ExecuteReader();
        List<string> partitions = [];
        while (row.Read())
        {
            partitions.Add(row.GetString(0));
        }

        return partitions;
    }

    public void Dispose()
    {
        _counter.Dispose();
        _request.Dispose();
        _connection.Dispose();
    }

    public static string Id(long id) => id.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string> Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static SqliteDataReader Select(SqliteCommand command, string partition, object key)
    {
        command.Parameters["$partition"].Value = partition;
        command.Parameters["$key"].Value = key;
        return command.ExecuteReader();
    }

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$partition", "");
        command.Parameters.AddWithValue("$key", "");
        return command;
    }
}
