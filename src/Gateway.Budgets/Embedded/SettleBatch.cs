using Microsoft.Data.Sqlite;

namespace Gateway.Budgets;

/// <summary>
/// Settlements that are written in one transaction.
/// <para>1. Under the lock: their holds are pinned and their counters loaded, so that neither goes away.</para>
/// <para>2. Without it: the records and the new totals are written and committed. Until then the holds keep their room.</para>
/// <para>3. Under the lock: what was held becomes spent.</para>
/// </summary>
internal sealed class SettleBatch(
    IReadOnlyList<SettleWork> works, HoldBook book, LedgerReader reader, LedgerWriter writer, Lock storeLock, BudgetStoreOptions options, TimeProvider time)
{
    private readonly Dictionary<RequestKey, LedgerPosition> _written = [];
    private readonly Dictionary<Counter, Total> _totals = [];

    /// <summary>Completes every settlement, and never throws.</summary>
    public void Write()
    {
        try
        {
            // :: Step 1
            lock (storeLock)
            {
                foreach (var work in works)
                {
                    Pin_NeedsLock(work);
                }
            }

            // :: Step 2
            using var transaction = writer.Begin();
            foreach (var work in works)
            {
                Append(work);
            }

            foreach (var (counter, total) in _totals)
            {
                writer.SetSpent(new CounterKey(total.Partition, counter.Id), total.Spent, total.DroppedAt);
            }

            writer.Drop(time.GetUtcNow().ToUnixTimeMilliseconds());
            transaction.Commit();
        }
        catch (Exception exception)
        {
            // Whatever it is, those who wait are told, and the writer lives on.
            Fail(exception);
        }

        // :: Step 3
        lock (storeLock)
        {
            foreach (var (counter, total) in _totals)
            {
                counter.SetSpent(total.Spent, total.DroppedAt);
            }

            foreach (var work in works)
            {
                Unpin_NeedsLock(work);
            }
        }

        foreach (var work in works)
        {
            work.Complete();
        }
    }

    private void Pin_NeedsLock(SettleWork work)
    {
        if (reader.Find(work.Request) is { } position)
        {
            work.Outcome = new SettleResult(IsRepeated: true, position);
            return;
        }

        work.Hold = book.Find(work.Request);
        if (work.Hold is not null)
        {
            work.Hold.IsSettling = true;
        }

        foreach (var actual in work.Settlement.Actuals)
        {
            var counter = book.Counter(new CounterKey(work.Settlement.Partition, actual.Counter));
            counter.Writers++;
            work.Counters.Add(counter);
        }
    }

    private void Append(SettleWork work)
    {
        if (work.Outcome is not null)
        {
            return;
        }

        if (_written.TryGetValue(work.Request, out var position))
        {
            work.Outcome = new SettleResult(IsRepeated: true, position);
            return;
        }

        List<LedgerCharge> charges = [];
        foreach (var (actual, counter) in work.Settlement.Actuals.Zip(work.Counters))
        {
            long total = Spent(counter) + actual.Amount;
            if (total > BudgetAmount.Max)
            {
                work.Problem = new BudgetRangeException(actual.Counter);
                return;
            }

            charges.Add(new LedgerCharge(actual.Counter, actual.Amount, total));
        }

        position = writer.Append(work.Request, work.Hold is not null, charges, LedgerFormat.WriteEntry(work.Settlement.Entry));
        _written.Add(work.Request, position);
        work.Outcome = new SettleResult(IsRepeated: false, position);
        foreach (var (actual, counter) in work.Settlement.Actuals.Zip(work.Counters).Where(pair => pair.First.Amount > 0))
        {
            _totals[counter] = new Total(work.Settlement.Partition, Spent(counter) + actual.Amount, options.DroppedAt(actual.WindowEnd) ?? Counter.Never);
        }
    }

    private long Spent(Counter counter) => _totals.TryGetValue(counter, out var total) ? total.Spent : counter.Spent;

    private void Unpin_NeedsLock(SettleWork work)
    {
        if (work.Outcome is not null)
        {
            book.Release(work.Request);
        }
        else if (work.Hold is not null)
        {
            book.Unpin(work.Hold);
        }

        foreach (var counter in work.Counters)
        {
            counter.Writers--;
        }
    }

    private void Fail(Exception exception)
    {
        // A commit that failed may yet be on the disk: the file is asked again.
        foreach (var counter in works.SelectMany(work => work.Counters))
        {
            counter.IsStale = true;
        }

        _totals.Clear();
        foreach (var work in works)
        {
            work.Outcome = null;
            work.Problem ??= exception is SqliteException
                ? new BudgetStoreException(mayBeDone: true, $"The budget file cannot be written: {exception.Message}", exception)
                : exception;
        }
    }

    private sealed record Total(string Partition, long Spent, long DroppedAt);
}
