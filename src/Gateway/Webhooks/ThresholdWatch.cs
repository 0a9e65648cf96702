using System.Collections.Concurrent;
using System.Threading.Channels;
using Gateway.Budgets;

namespace Gateway.Webhooks;

/// <summary>
/// Sees when what is spent has brought a limit to a threshold. It does not ask which request did: each that finds it reached says so, and the outbox
/// takes it in once. So when a gateway dies between a settlement and its notice, the next request under the limit makes up for it.
/// </summary>
internal sealed class ThresholdWatch(TimeProvider time) : IBudgetObserver
{
    /// <summary>For how long an id is known beyond its window: settlements may come late.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromDays(2);

    /// <summary>Ids that are remembered here, so that the store need not be asked for each request; beyond it it is.</summary>
    private const int MaxSeen = 100_000;

    private const int MaxWaiting = 10_000;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    private readonly Channel<(Notice Notice, DateTimeOffset Remember)> _waiting =
        Channel.CreateBounded<(Notice, DateTimeOffset)>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>What is to be brought to the outbox.</summary>
    public ChannelReader<(Notice Notice, DateTimeOffset Remember)> Waiting => _waiting.Reader;

    public void Reserved(string partition, IReadOnlyList<LimitUse> limits) => Look(partition, limits);

    public void Settled(string partition, LedgerEntry entry, IReadOnlyList<LimitUse> limits) => Look(partition, limits);

    /// <summary>By what is spent alone: what is held may come back.</summary>
    private void Look(string partition, IReadOnlyList<LimitUse> limits)
    {
        foreach (var use in limits)
        {
            var limit = use.Applied.Limit;
            if (limit.Notify.IsEmpty)
            {
                continue;
            }

            foreach (var threshold in limit.Thresholds.Where(threshold => use.Spent >= limit.Amount * threshold))
            {
                foreach (var webhook in limit.Notify)
                {
                    Tell(partition, use, threshold, webhook);
                }
            }
        }
    }

    private void Tell(string partition, in LimitUse use, decimal threshold, string webhook)
    {
        var id = ThresholdNotice.IdOf(partition, use, threshold, webhook);
        if (_seen.ContainsKey(id))
        {
            return;
        }

        var now = time.GetUtcNow();
        var remember = use.Window.End < DateTimeOffset.MaxValue - Afterwards ? use.Window.End + Afterwards : use.Window.End;
        var notice = new Notice(id, webhook, ThresholdNotice.Body(partition, use, threshold, now), now);

        // What finds no room is seen again with the next request.
        if (_waiting.Writer.TryWrite((notice, remember > now + Afterwards ? remember : now + Afterwards)) && Forget(now) < MaxSeen)
        {
            _seen[id] = remember;
        }
    }

    private int Forget(DateTimeOffset now)
    {
        if (_seen.Count < MaxSeen)
        {
            return _seen.Count;
        }

        foreach (var (id, until) in _seen.Where(seen => seen.Value <= now))
        {
            _seen.TryRemove(new(id, until));
        }

        return _seen.Count;
    }
}
