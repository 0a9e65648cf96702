using System.Data.Common;
using System.Globalization;
using Dapper;

namespace Gateway.Budgets.Sql;

/// <summary>Brings the tables of a ledger to the version of this build, one step after the other, all in one transaction.</summary>
internal static class LedgerMigrations
{
    /// <summary>Of the tables, as this build makes them.</summary>
    public const int Version = 1;

    /// <param name="dialect">The last part of the scripts' names.</param>
    /// <param name="now">In microseconds of Unix time.</param>
    /// <param name="transaction">No other migrates meanwhile.</param>
    public static async Task RunAsync(string dialect, long now, DbTransaction transaction, bool isNew, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        if (isNew)
        {
            await ExecuteAsync("CREATE TABLE ledger_schema (version BIGINT PRIMARY KEY, applied_us BIGINT NOT NULL)");
        }

        for (long version = await VersionAsync(connection, transaction, cancellationToken) + 1; version <= Version; version++)
        {
            await ExecuteAsync(Script(version, dialect));
            await ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO ledger_schema (version, applied_us) VALUES ({version}, {now})"));
        }

        Task ExecuteAsync(string sql) => connection.ExecuteAsync(new CommandDefinition(sql, transaction: transaction, cancellationToken: cancellationToken));
    }

    public static Task<long> VersionAsync(DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM ledger_schema", transaction: transaction, cancellationToken: cancellationToken));

    private static string Script(long version, string dialect)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"Gateway.Budgets.Sql.{version:0000}.{dialect}.sql");
        using var stream = typeof(LedgerMigrations).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"There is no resource '{name}'. Build from an unchanged checkout.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
