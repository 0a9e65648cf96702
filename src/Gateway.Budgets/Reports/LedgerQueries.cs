using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Dapper;
using Gateway.Budgets.Sql;

namespace Gateway.Budgets.Reports;

/// <summary>What reports ask of the SQL ledger. Everything is read from entries; nothing is summed up in advance. Safe for concurrent use.</summary>
public sealed class LedgerQueries(LedgerDatabase ledger)
{
    private const string Sums =
        """
        COUNT(*) AS requests,
        CAST(COALESCE(SUM(input_tokens), 0) AS BIGINT), CAST(COALESCE(SUM(cached_input_tokens), 0) AS BIGINT),
        CAST(COALESCE(SUM(output_tokens), 0) AS BIGINT), CAST(COALESCE(SUM(reasoning_tokens), 0) AS BIGINT),
        CAST(COALESCE(SUM(cost), 0) AS BIGINT),
        CAST(COALESCE(SUM(CASE WHEN basis = 'estimated' THEN cost ELSE 0 END), 0) AS BIGINT),
        CAST(COALESCE(SUM(CASE WHEN basis = 'hold' THEN cost ELSE 0 END), 0) AS BIGINT)
        """;

    private const int SumColumns = 8;

    /// <summary>Sums per period and group; groups without entries are left out.</summary>
    /// <param name="periods">None of them overlaps another.</param>
    /// <param name="by">Without those of time.</param>
    internal Task<IReadOnlyList<SpendRow>> SpendAsync(
        IReadOnlyList<ReportPeriod> periods, IReadOnlyList<SpendDimension> by, ReportScope scope, CancellationToken cancellationToken = default) =>
        ledger.Guard<IReadOnlyList<SpendRow>>(async () =>
        {
            // Names of columns come from the closed list of dimensions, bounds are integers; all else is a parameter.
            var bounds = string.Join(", ", periods.Select((period, index) => string.Create(
                CultureInfo.InvariantCulture, $"({index}, {LedgerRow.Micros(period.Start)}, {LedgerRow.Micros(period.End)})")));
            string keys = string.Concat(by.Select(dimension => $"{dimension.Expression}, "));
            string sql =
                $"""
                WITH periods (period, start_us, end_us) AS (VALUES {bounds})
                SELECT periods.period, {keys}{Sums}
                FROM periods CROSS JOIN ledger {(by.Contains(SpendDimension.Tag) ? ledger.TagJoin : "")}
                WHERE time_us >= start_us AND time_us < end_us{scope.Condition}
                GROUP BY periods.period{string.Concat(by.Select(dimension => $", {dimension.Expression}"))}
                """;
            await using var connection = await ledger.ConnectAsync(mayCreate: false, cancellationToken);
            await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(sql, scope, cancellationToken: cancellationToken));
            List<SpendRow> rows = [];
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(new SpendRow(
                    periods[(int)reader.GetInt64(0)],
                    [.. Enumerable.Range(1, by.Count).Select(column => reader.IsDBNull(column) ? null : reader.GetString(column))],
                    Sum(reader, 1 + by.Count)));
            }

            return rows;
        });

    /// <summary>The sum over a period.</summary>
    internal async Task<SpendSum> TotalAsync(ReportPeriod period, ReportScope scope, CancellationToken cancellationToken = default) =>
        (await SpendAsync([period], [], scope, cancellationToken)).SingleOrDefault()?.Sum ?? SpendSum.Nothing;

    /// <summary>Every entry of a span of time, in the order in which requests came.</summary>
    internal async IAsyncEnumerable<StoredRecord> RecordsAsync(
        DateTimeOffset start,
        DateTimeOffset end,
        ReportScope scope,
        string? provider = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var sql = new StringBuilder(
            $"""
            SELECT sequence, partition, position, version, held, charges, entry FROM ledger
            WHERE time_us >= @start AND time_us < @end{scope.Condition}
            """);
        if (provider is not null)
        {
            // Also where it was tried and another answered; which of its attempts cost something, the entry says.
            sql.Append(" AND (provider = @provider OR attempts > 1)");
        }

        sql.Append(" ORDER BY time_us, sequence");
        await using var connection = await ledger.Guard(() => ledger.ConnectAsync(mayCreate: false, cancellationToken));
        await using var reader = await ledger.Guard(async () => (DbDataReader)await connection.ExecuteReaderAsync(new CommandDefinition(
            sql.ToString(),
            new { start = LedgerRow.Micros(start), end = LedgerRow.Micros(end), scope.Team, scope.Organization, provider },
            cancellationToken: cancellationToken)));
        while (await ledger.Guard(() => reader.ReadAsync(cancellationToken)))
        {
            yield return new StoredRecord(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetInt64(3),
                LedgerFormat.Read(reader.GetString(2), reader.GetInt64(4) == 1, reader.GetString(5), reader.GetString(6)),
                reader.GetString(5));
        }
    }

    private static SpendSum Sum(DbDataReader reader, int first)
    {
        long[] values = [.. Enumerable.Range(first, SumColumns).Select(reader.GetInt64)];
        return new SpendSum(values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7]);
    }
}
