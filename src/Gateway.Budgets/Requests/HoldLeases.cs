namespace Gateway.Budgets;

/// <summary>Keeps alive, in the store, what requests under way hold.</summary>
/// <param name="grace">What is held in this process only.</param>
/// <param name="failed">Told when the store does not answer.</param>
internal sealed class HoldLeases(IBudgetStore store, BudgetGuardOptions options, GraceBook grace, Action<BudgetStoreException> failed, TimeProvider time)
{
    /// <summary>
    /// Begins the leases anew of which a third is over. What is held in this process only, or what the store has lost, is reserved in it again
    /// where it has room.
    /// </summary>
    /// <param name="open">What is held.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    public async Task<LeaseReport> ExtendAsync(IEnumerable<RequestHold> open, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        int extended = 0, restored = 0;
        List<string> lost = [];
        var due = open.Where(hold => !hold.Charges.IsEmpty && time.GetElapsedTime(hold.ExtendedAt, now) >= options.Lease / 3);
        foreach (var batch in due.Chunk(BudgetGuard.Parallel))
        {
            var answers = await Task.WhenAll(batch.Select(hold => ExtendAsync(hold, now))).ConfigureAwait(false);
            extended += answers.Count(answer => answer == LeaseAnswer.Extended);
            restored += answers.Count(answer => answer == LeaseAnswer.Restored);
            lost.AddRange(batch.Where((_, index) => answers[index] == LeaseAnswer.Lost).Select(hold => hold.Reservation.RequestId));
            if (cancellationToken.IsCancellationRequested || answers.Contains(LeaseAnswer.None))
            {
                break;
            }
        }

        return new LeaseReport(extended, restored, lost);
    }

    private async Task<LeaseAnswer> ExtendAsync(RequestHold hold, long now)
    {
        var reservation = hold.Reservation;
        try
        {
            if (!hold.IsLocal && await store.ExtendAsync(reservation.Partition, reservation.RequestId, options.Lease).ConfigureAwait(false))
            {
                hold.ExtendedAt = now;
                return LeaseAnswer.Extended;
            }

            if (hold.IsClosed)
            {
                return LeaseAnswer.Extended;
            }

            if (await store.ReserveAsync(reservation).ConfigureAwait(false) is ReserveResult.Refused)
            {
                return LeaseAnswer.Lost;
            }

            hold.ExtendedAt = now;
            hold.IsLocal = false;
            if (!hold.IsClosed)
            {
                grace.Return(hold);
            }

            return LeaseAnswer.Restored;
        }
        catch (BudgetStoreException exception)
        {
            failed(exception);
            return LeaseAnswer.None;
        }
    }

    private enum LeaseAnswer
    {
        /// <summary>The store did not answer.</summary>
        None,

        Extended,

        Restored,

        Lost,
    }
}
