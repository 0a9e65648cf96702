using System.Data.Common;
using Dapper;

namespace Gateway.Budgets.Sql;

/// <summary>
/// The ledger in SQL: append-only, each request once. Any number of processes may write to it at the same time. Safe for concurrent use.
/// </summary>
public abstract class LedgerDatabase(TimeProvider time) : IAsyncDisposable
{
    private string? _id;

    /// <summary>Where it is, without secrets, for people.</summary>
    public abstract string Name { get; }

    /// <summary>Made with the tables, at random: no two ledgers have the same.</summary>
    /// <exception cref="InvalidOperationException">Neither <see cref="PrepareAsync"/> nor <see cref="CheckAsync"/> has completed.</exception>
    public string Id => _id ?? throw new InvalidOperationException("The ledger was not opened.");

    /// <summary>The last part of the names of its migrations.</summary>
    protected abstract string Dialect { get; }

    /// <summary>An expression that is true once there is a table <c>ledger_schema</c>.</summary>
    protected abstract string HasSchema { get; }

    /// <summary>Joins each entry with its tags, as <c>tag.value</c>; null where it has none.</summary>
    internal abstract string TagJoin { get; }

    /// <param name="options">Valid.</param>
    public static LedgerDatabase Open(LedgerOptions options, TimeProvider time) =>
        options.IsPostgres ? new PostgresLedger(options, time) : new SqliteLedger(options, time);

    /// <summary>Makes the tables, or brings those of an older build up to date.</summary>
    /// <exception cref="LedgerUnavailableException">The database does not answer.</exception>
    /// <exception cref="LedgerSchemaException">A newer build made them.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken = default) => Guard(async () =>
    {
        await using (var connection = await ConnectAsync(mayCreate: true, cancellationToken))
        {
            bool isThere = await IsThereAsync(connection, null, cancellationToken);
            if (!isThere || await LedgerMigrations.VersionAsync(connection, null, cancellationToken) < LedgerMigrations.Version)
            {
                await using var transaction = await BeginMigrationAsync(connection, cancellationToken);
                isThere = await IsThereAsync(connection, transaction, cancellationToken);
                await LedgerMigrations.RunAsync(Dialect, Now, transaction, !isThere, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
        }

        await CheckAsync(cancellationToken);
        return true;
    });

    /// <summary>Makes sure that there is a ledger which this build can read, and changes nothing.</summary>
    /// <exception cref="LedgerUnavailableException">The database does not answer.</exception>
    /// <exception cref="LedgerSchemaException">There is none, or one of another version.</exception>
    public Task CheckAsync(CancellationToken cancellationToken = default) => Guard(async () =>
    {
        await using var connection = await ConnectAsync(mayCreate: false, cancellationToken);
        if (!await IsThereAsync(connection, null, cancellationToken))
        {
            throw new LedgerSchemaException($"There is no ledger in {Name}. It is made by the first gateway that serves with it.");
        }

        long version = await LedgerMigrations.VersionAsync(connection, null, cancellationToken);
        if (version != LedgerMigrations.Version)
        {
            throw new LedgerSchemaException(
                $"The ledger in {Name} has schema version {version}; this build knows {LedgerMigrations.Version}. "
                + (version > LedgerMigrations.Version
                    ? "Use the build that made it, or a newer one."
                    : "Start a gateway of this build: it brings it up to date."));
        }

        _id = await connection.ExecuteScalarAsync<string>(new CommandDefinition("SELECT id FROM ledger_id", cancellationToken: cancellationToken));
        return true;
    });

    /// <summary>
    /// Adds records, in one transaction. What the ledger has already stays as it is; what cannot be added is set aside in the table
    /// <c>ledger_rejected</c>. All of them are safe when the task completes.
    /// </summary>
    /// <exception cref="LedgerUnavailableException">The database does not answer. Some or all may have been added: adding them again does no harm.</exception>
    public Task<AppendResult> AppendAsync(IReadOnlyList<IncomingRecord> records, CancellationToken cancellationToken = default) => Guard(async () =>
    {
        await using var connection = await ConnectAsync(mayCreate: false, cancellationToken);
        try
        {
            return await new LedgerAppend(this, connection, Now).RunAsync(records, cancellationToken);
        }
        catch (Exception exception) when (records.Count > 1 && IsOfTheData(exception))
        {
            // One of them is to blame. Alone it is found, and the others get in.
            List<AppendResult> results = [];
            foreach (var record in records)
            {
                results.Add(await AppendOneAsync(connection, record, cancellationToken));
            }

            return new AppendResult(
                results.Sum(result => result.Added), results.Sum(result => result.Known), [.. results.SelectMany(result => result.Rejected)]);
        }
        catch (Exception exception) when (IsOfTheData(exception))
        {
            return await AppendOneAsync(connection, records[0], cancellationToken);
        }
    });

    /// <summary>Adds what was set aside and can be read by now, as after an update of the gateway.</summary>
    /// <returns>How many were added.</returns>
    /// <exception cref="LedgerUnavailableException">The database does not answer.</exception>
    public Task<int> RetryRejectedAsync(CancellationToken cancellationToken = default) => Guard(async () =>
    {
        await using var connection = await ConnectAsync(mayCreate: false, cancellationToken);
        int added = 0;
        foreach (var record in await LedgerAppend.RejectedAsync(connection, cancellationToken))
        {
            try
            {
                added += await new LedgerAppend(this, connection, Now).RetryAsync(record, cancellationToken) ? 1 : 0;
            }
            catch (Exception exception) when (IsOfTheData(exception))
            {
                // As before: it stays where it is.
            }
        }

        return added;
    });

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The last record that was added; null when there is none. Meaningful when only one process writes.</summary>
    internal Task<(RequestKey Request, string Position)?> LastAsync(CancellationToken cancellationToken) => Guard(async () =>
    {
        await using var connection = await ConnectAsync(mayCreate: false, cancellationToken);
        var last = await connection.QueryAsync<(string Partition, string Request, string Position)>(new CommandDefinition(
            "SELECT partition, request, position FROM ledger ORDER BY sequence DESC LIMIT 1", cancellationToken: cancellationToken));
        return last.Select(row => ((RequestKey, string)?)(new RequestKey(row.Partition, row.Request), row.Position)).FirstOrDefault();
    });

    /// <param name="mayCreate">Whether the database may be made where it is not there.</param>
    internal abstract Task<DbConnection> ConnectAsync(bool mayCreate, CancellationToken cancellationToken);

    /// <summary>Adds rows, of which none stands in it twice.</summary>
    /// <returns>Those whose requests were there already: they were not added.</returns>
    internal abstract Task<IReadOnlyList<LedgerRow>> InsertAsync(DbTransaction transaction, IReadOnlyList<LedgerRow> rows, CancellationToken cancellationToken);

    /// <summary>Turns what the database throws into <see cref="LedgerUnavailableException"/>, without secrets.</summary>
    internal async Task<T> Guard<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception exception) when (exception is DbException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            throw new LedgerUnavailableException($"The ledger in {Name} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Whether the statement's data is to blame, rather than the database, the way to it, or a conflict that passes.</summary>
    protected abstract bool IsOfTheData(Exception exception);

    /// <summary>Begins a transaction in which no other process migrates.</summary>
    protected abstract Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellationToken);

    private long Now => LedgerRow.Micros(time.GetUtcNow());

    private async Task<AppendResult> AppendOneAsync(DbConnection connection, IncomingRecord record, CancellationToken cancellationToken)
    {
        var append = new LedgerAppend(this, connection, Now);
        try
        {
            return await append.RunAsync([record], cancellationToken);
        }
        catch (Exception exception) when (IsOfTheData(exception))
        {
            return await append.RejectAsync(record, $"the database does not take it: {exception.Message}", cancellationToken);
        }
    }

    private Task<bool> IsThereAsync(DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition($"SELECT {HasSchema}", transaction: transaction, cancellationToken: cancellationToken));
}
