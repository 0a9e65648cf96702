namespace Gateway.Budgets.Sql;

/// <summary>
/// Moves records from a source into the SQL ledger, each exactly once: they are confirmed to the source when they are committed, and a record
/// that comes again, because that was not to be, is known by its request.
/// </summary>
public sealed class LedgerIntake(ILedgerSource source, LedgerDatabase ledger, LedgerOptions options)
{
    /// <summary>What waited at the last step; null when that is not known.</summary>
    public LedgerBacklog? Backlog => source.Backlog;

    /// <summary>Makes the ledger ready, and gives what was set aside another try.</summary>
    /// <returns>How many records that were set aside are now in the ledger.</returns>
    /// <exception cref="LedgerUnavailableException">The database does not answer.</exception>
    /// <exception cref="LedgerSchemaException">A newer build made the tables.</exception>
    public async Task<int> OpenAsync(CancellationToken cancellationToken = default)
    {
        await ledger.PrepareAsync(cancellationToken);
        return await ledger.RetryRejectedAsync(cancellationToken);
    }

    /// <summary>Moves the next records, after <see cref="OpenAsync"/>.</summary>
    /// <returns>What became of them; null when nothing waited.</returns>
    /// <exception cref="LedgerUnavailableException">The source or the database does not answer. The same records will come again.</exception>
    public async Task<AppendResult?> StepAsync(CancellationToken cancellationToken = default)
    {
        var records = await source.TakeAsync(ledger, options.BatchSize, cancellationToken);
        if (records.Count == 0)
        {
            return null;
        }

        var result = await ledger.AppendAsync(records, cancellationToken);
        await source.ConfirmAsync(records, cancellationToken);
        return result;
    }
}
