using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>
/// The way of a partition's steps to Redis. A step is sent at once while few are under way. Those that come meanwhile are sent together, in one script, when
/// one is back: under load Redis then reads and writes each counter once for many requests. Safe for concurrent use.
/// </summary>
internal sealed class StepQueue(PartitionKeys keys, RedisLink link, BudgetStoreOptions options)
{
    /// <summary>The most scripts under way: with one alone, Redis and the gateway would wait for each other by turns.</summary>
    private const int MaxUnderWay = 2;

    /// <summary>The most steps in one script, so that it does not keep Redis from its other work for long: some 0.5 ms.</summary>
    private const int MaxSteps = 64;

    /// <summary>The most charges of several steps in one script: Lua unpacks some 8,000 keys.</summary>
    private const int MaxCharges = 1000;

    private readonly string[] _keys = [keys.Sums, keys.Requests, keys.Leases, keys.Memory, keys.Drops, keys.Ledger];
    private readonly Lock _lock = new();
    private readonly Queue<RedisStep> _waiting = new();
    private int _underWay;

    /// <returns>How many holds of others were over, and the reply to the step.</returns>
    /// <exception cref="RedisCallException">There is none.</exception>
    public Task<(int Expired, IReadOnlyList<RedisReply> Reply)> RunAsync(RedisStep step)
    {
        lock (_lock)
        {
            _waiting.Enqueue(step);
            if (_underWay == MaxUnderWay)
            {
                return step.Task;
            }

            _underWay++;
        }

        _ = DrainAsync();
        return step.Task;
    }

    private async Task DrainAsync()
    {
        while (Next() is { Count: > 0 } batch)
        {
            await RunAsync(batch).ConfigureAwait(false);
        }
    }

    /// <returns>Empty when nothing waits; then this is the end of it, and whoever comes next begins anew.</returns>
    private List<RedisStep> Next()
    {
        lock (_lock)
        {
            List<RedisStep> batch = [];
            int charges = 0;
            while (batch.Count < MaxSteps && _waiting.TryPeek(out var step) && (batch.Count == 0 || charges + step.Counters.Length <= MaxCharges))
            {
                charges += step.Counters.Length;
                batch.Add(_waiting.Dequeue());
            }

            _underWay -= batch.Count > 0 ? 0 : 1;
            return batch;
        }
    }

    private async Task RunAsync(List<RedisStep> batch)
    {
        try
        {
            var reply = (await SendAsync(batch).ConfigureAwait(false)).Items;
            int expired = (int)reply[0].Integer;
            for (int i = 0; i < batch.Count; i++)
            {
                // They were given back once, and are told of once.
                batch[i].TrySetResult((i == 0 ? expired : 0, reply[i + 1].Items));
                batch[i].WasSent();
            }
        }
        catch (RedisCallException exception) when (exception.Failure == RedisCallFailure.Refused && batch.Count > 1)
        {
            // Nothing was done, and one of them is to blame. Alone it is found, and the others get through.
            foreach (var step in batch)
            {
                await RunAsync([step]).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            foreach (var step in batch)
            {
                step.Fail(exception);
            }

            if (exception is RedisCallException { Failure: not RedisCallFailure.Refused })
            {
                GiveUpWaiting(exception);
            }
        }
    }

    /// <summary>Redis does not answer. What waits has waited for that long already, and was not sent.</summary>
    private void GiveUpWaiting(Exception exception)
    {
        List<RedisStep> waiting;
        lock (_lock)
        {
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var step in waiting)
        {
            step.Fail(new RedisCallException(RedisCallFailure.NotSent, exception.Message, exception));
        }
    }

    private Task<RedisReply> SendAsync(List<RedisStep> batch)
    {
        Dictionary<string, int> counters = new(StringComparer.Ordinal), requests = new(StringComparer.Ordinal);
        foreach (var step in batch)
        {
            requests.TryAdd(step.RequestId, requests.Count + 1);
            if (step.FloatId is { } floatId)
            {
                requests.TryAdd(floatId, requests.Count + 1);
            }

            foreach (string counter in step.Counters)
            {
                counters.TryAdd(counter, counters.Count + 1);
            }
        }

        // A dictionary that nothing is removed from keeps its order.
        var steps = new PackedSteps();
        steps.Array(3);
        steps.Array((2 * counters.Count) + 1);
        foreach (string counter in counters.Keys)
        {
            steps.Text(counter);
        }

        foreach (string counter in counters.Keys)
        {
            steps.Text("held ", counter);
        }

        steps.Text("waiting");
        steps.Array(requests.Count);
        foreach (string request in requests.Keys)
        {
            steps.Text(request);
        }

        steps.Array(batch.Count);
        List<RedisArgument> entries = [];
        foreach (var step in batch)
        {
            if (step.Entry is { } entry)
            {
                entries.Add(entry);
            }

            step.WriteTo(steps, requests, counters, entries.Count);
        }

        return link.RunInlineAsync(
            BudgetScripts.Step,
            _keys,
            [BudgetAmount.Max, LedgerFormat.Version, RedisBudgetStore.Milliseconds(options.Memory), steps.ToArray(), .. entries],
            written: () => batch.ForEach(step => step.WasSent()));
    }
}
