namespace Gateway.Budgets.Sql;

/// <summary>
/// Where records come from that are not in the SQL ledger yet. What was taken and not confirmed comes again, to the same reader or to
/// another: a record may come more than once, and none is lost. Used by one caller at a time.
/// </summary>
public interface ILedgerSource
{
    /// <summary>What waited when records were last taken; null when that is not known.</summary>
    LedgerBacklog? Backlog { get; }

    /// <summary>The next records; none when nothing waits.</summary>
    /// <param name="ledger">Where they are going.</param>
    /// <param name="count">About how many to return at most, at least 1: what was settled together comes together.</param>
    /// <exception cref="LedgerUnavailableException">The source does not answer, or feeds another ledger.</exception>
    Task<IReadOnlyList<IncomingRecord>> TakeAsync(LedgerDatabase ledger, int count, CancellationToken cancellationToken = default);

    /// <summary>Says that records are committed. They do not come again.</summary>
    /// <param name="records">All that the last <see cref="TakeAsync"/> gave.</param>
    /// <exception cref="LedgerUnavailableException">The source does not answer. The records will come again.</exception>
    Task ConfirmAsync(IReadOnlyList<IncomingRecord> records, CancellationToken cancellationToken = default);
}
