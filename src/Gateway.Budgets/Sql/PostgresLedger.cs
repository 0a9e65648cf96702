using System.Data.Common;
using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Gateway.Budgets.Sql;

/// <summary>The ledger in PostgreSQL, 12 or newer.</summary>
internal sealed class PostgresLedger : LedgerDatabase
{
    /// <summary>Of the advisory lock under which tables are changed: "ledger" in ASCII.</summary>
    private const long MigrationLock = 0x6C_65_64_67_65_72;

    private static readonly string Insert =
        $"""
        INSERT INTO ledger ({LedgerColumns.List})
        SELECT * FROM unnest({string.Join(", ", LedgerColumns.All.Select((column, index) => string.Create(CultureInfo.InvariantCulture, $"${index + 1}")))})
        ON CONFLICT (partition, request) DO NOTHING
        RETURNING partition, request
        """;

    private readonly NpgsqlDataSource _source;
    private readonly string _place;

    public PostgresLedger(LedgerOptions options, TimeProvider time)
        : base(time)
    {
        var connection = options.Parse()
            ?? throw new InvalidOperationException($"{LedgerOptions.Section}:{nameof(LedgerOptions.Connection)} was not validated.");
        connection.CommandTimeout = options.TimeoutSeconds;
        connection.Timeout = Math.Min(options.TimeoutSeconds, connection.Timeout);
        connection.ApplicationName ??= "gateway";
        _place = $"{connection.Host}:{connection.Port.ToString(CultureInfo.InvariantCulture)}/{connection.Database ?? connection.Username}";
        _source = NpgsqlDataSource.Create(connection);
    }

    public override string Name => $"PostgreSQL {_place}";

    protected override string Dialect => "postgresql";

    /// <summary>By a query, since <c>to_regclass</c> may answer from before another process made the tables.</summary>
    protected override string HasSchema =>
        "EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE relname = 'ledger_schema' AND relkind = 'r' AND pg_catalog.pg_table_is_visible(oid))";

    internal override string TagJoin => "LEFT JOIN LATERAL jsonb_array_elements_text(ledger.tags::jsonb) AS tag(value) ON true";

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    internal override async Task<DbConnection> ConnectAsync(bool mayCreate, CancellationToken cancellationToken) =>
        await _source.OpenConnectionAsync(cancellationToken);

    internal override async Task<IReadOnlyList<LedgerRow>> InsertAsync(
        DbTransaction transaction, IReadOnlyList<LedgerRow> rows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, (NpgsqlConnection)transaction.Connection!, (NpgsqlTransaction)transaction);
        foreach (var column in LedgerColumns.All)
        {
            command.Parameters.Add(new NpgsqlParameter
            {
                Value = column.Text is { } text ? rows.Select(text).ToArray() : rows.Select(column.Integer!).ToArray(),
                NpgsqlDbType = NpgsqlDbType.Array | (column.Text is null ? NpgsqlDbType.Bigint : NpgsqlDbType.Text),
            });
        }

        HashSet<RequestKey> added = new(rows.Count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            added.Add(new RequestKey(reader.GetString(0), reader.GetString(1)));
        }

        return [.. rows.Where(row => !added.Contains(row.Key))];
    }

    /// <summary>Classes 22 (data exception), 23 (constraint) and 54 (too large) of PostgreSQL's codes, or text that cannot be UTF-8.</summary>
    protected override bool IsOfTheData(Exception exception) =>
        exception is PostgresException { SqlState: ['2', '2' or '3', ..] or ['5', '4', ..] }
            or ArgumentException or EncoderFallbackException or InvalidCastException;

    protected override async Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({MigrationLock})");
        await command.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }
}
