using Gateway.Budgets.Sql;

namespace Gateway.Ledgers;

/// <summary>
/// How long the ledger's writer rests between two steps. It lets entries gather, since a step has its price whatever is in it; and when there are
/// many it is at work for a share of its time only, so that requests have the processor, as long as what waits is young.
/// </summary>
internal sealed class LedgerPace(LedgerOptions options)
{
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(options.IntervalSeconds);
    private readonly TimeSpan _maxLag = TimeSpan.FromSeconds(options.MaxLagSeconds);
    private readonly double _restPerWork = (1 - options.MaxBusyShare) / options.MaxBusyShare;

    /// <param name="work">How long the step took.</param>
    /// <param name="taken">How many entries it moved.</param>
    /// <param name="left">What waits behind it; null when that is not known.</param>
    public TimeSpan RestAfter(TimeSpan work, int taken, LedgerBacklog? left)
    {
        if (taken == 0)
        {
            // Whatever else waits is in the hands of other gateways.
            return _interval;
        }

        if (taken >= options.BatchSize && left?.Age >= _maxLag)
        {
            return TimeSpan.Zero;
        }

        var rest = work * _restPerWork;
        rest = left is { Records: > 0 } || rest > _interval ? rest : _interval;
        return rest < _maxLag ? rest : _maxLag;
    }
}
