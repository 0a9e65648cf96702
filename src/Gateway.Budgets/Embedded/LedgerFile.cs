using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>The SQLite file: its place, its schema, and that only one process has it.</summary>
internal sealed class LedgerFile : IDisposable
{
    /// <summary>Of the tables, in SQLite's <c>user_version</c>.</summary>
    public const int SchemaVersion = 1;

    private const string Schema = """
        CREATE TABLE ledger (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            partition TEXT NOT NULL,
            request TEXT NOT NULL,
            version INTEGER NOT NULL,
            held INTEGER NOT NULL,
            charges TEXT NOT NULL,
            entry TEXT NOT NULL,
            UNIQUE (partition, request)) STRICT;
        CREATE INDEX ledger_order ON ledger (partition, id);
        CREATE TABLE counters (
            partition TEXT NOT NULL,
            counter TEXT NOT NULL,
            spent INTEGER NOT NULL,
            dropped INTEGER NOT NULL, -- when it counts as 0 again, in ms of Unix time
            PRIMARY KEY (partition, counter)) STRICT, WITHOUT ROWID;
        CREATE INDEX counters_dropped ON counters (dropped);
        CREATE TABLE partitions (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        PRAGMA user_version = 1;
        """;

    private readonly string _path;
    private readonly FileStream _lock;

    /// <exception cref="IOException">Another process has the file.</exception>
    /// <exception cref="BudgetStoreException">It is no file of this store, or of a version that this build does not know.</exception>
    public LedgerFile(string path)
    {
        _path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        _lock = Lock(_path);
        try
        {
            Prepare();
        }
        catch (SqliteException exception)
        {
            _lock.Dispose();
            throw new BudgetStoreException(mayBeDone: false, $"The budget file {_path} cannot be opened: {exception.Message}", exception);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>A new connection, which its caller closes.</summary>
    public SqliteConnection Connect() => SqliteConnections.Open(_path);

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException(
                $"The budget file {path} is in use, or its folder cannot be written. Give each gateway a file of its own, or all of them one Redis.",
                exception);
        }
    }

    private void Prepare()
    {
        using var connection = Connect();
        Execute(connection, "PRAGMA journal_mode = WAL");
        long version = Execute(connection, "PRAGMA user_version");
        if (version == 0)
        {
            using var transaction = connection.BeginTransaction();
            Execute(connection, Schema, transaction);
            transaction.Commit();
        }
        else if (version != SchemaVersion)
        {
            throw new BudgetStoreException(
                mayBeDone: false,
                $"The budget file {_path} has schema version {version}; this build reads {SchemaVersion}. Use the build that wrote it, or a newer one.");
        }
    }

    private static long Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return command.ExecuteScalar() is long value ? value : 0;
    }
}
