using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Gateway.Budgets.Sql;

/// <summary>The ledger in a SQLite file, which other processes may read and write as well.</summary>
internal sealed class SqliteLedger : LedgerDatabase
{
    private const int Constraint = 19;
    private const int Mismatch = 20;
    private const int TooBig = 18;

    private readonly LedgerOptions _options;
    private readonly string _path;

    public SqliteLedger(LedgerOptions options, TimeProvider time)
        : base(time)
    {
        _options = options;
        _path = System.IO.Path.GetFullPath(options.Path);
    }

    public override string Name => $"the file {_path}";

    protected override string Dialect => "sqlite";

    protected override string HasSchema => "EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ledger_schema')";

    internal override string TagJoin => "LEFT JOIN json_each(ledger.tags) AS tag ON true";

    public override ValueTask DisposeAsync()
    {
        foreach (var mode in (SqliteOpenMode[])[SqliteOpenMode.ReadWriteCreate, SqliteOpenMode.ReadWrite])
        {
            using var connection = new SqliteConnection(ConnectionString(mode));
            SqliteConnection.ClearPool(connection);
        }

        return base.DisposeAsync();
    }

    internal override async Task<DbConnection> ConnectAsync(bool mayCreate, CancellationToken cancellationToken)
    {
        if (mayCreate)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_path)!);
        }
        else if (!File.Exists(_path))
        {
            throw new LedgerSchemaException($"There is no ledger in {Name}. It is made by the first gateway that serves with it.");
        }

        var connection = new SqliteConnection(ConnectionString(mayCreate ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite));
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();

            // FULL: what is confirmed to the source survives the loss of power.
            command.CommandText = mayCreate ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL" : "PRAGMA synchronous = FULL";
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    internal override Task<IReadOnlyList<LedgerRow>> InsertAsync(DbTransaction transaction, IReadOnlyList<LedgerRow> rows, CancellationToken cancellationToken)
    {
        using var insert = new SqliteInsert((SqliteConnection)transaction.Connection!);
        List<LedgerRow> known = [];
        foreach (var row in rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!insert.TryAdd(row))
            {
                known.Add(row);
            }
        }

        return Task.FromResult<IReadOnlyList<LedgerRow>>(known);
    }

    protected override bool IsOfTheData(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: Constraint or Mismatch or TooBig } or ArgumentException;

    /// <summary>Pooled: whoever closes the last connection of a file writes its whole log into it, which for a small transaction is most of the work.</summary>
    private string ConnectionString(SqliteOpenMode mode) => new SqliteConnectionStringBuilder
    {
        DataSource = _path,
        Mode = mode,
        DefaultTimeout = _options.TimeoutSeconds,
        Pooling = true,
    }.ConnectionString;

    /// <summary>SQLite has one writer at a time.</summary>
    protected override async Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellationToken) =>
        await connection.BeginTransactionAsync(cancellationToken);
}
