using System.Collections.Immutable;
using System.Globalization;
using Gateway.Policies;
using Microsoft.Extensions.Logging;

namespace Gateway.Providers.Faults;

/// <summary>The faults that are injected into this process. Safe for concurrent use.</summary>
public sealed partial class FaultBoard(TimeProvider time, ILogger<FaultBoard> logger) : IFaultSource, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ITimer> _ends = new(StringComparer.Ordinal);
    private volatile ActiveFault[] _active = [];
    private ulong _injected;

    /// <summary>In the order of their injection. Of several that could strike a call, the first does.</summary>
    public ImmutableArray<ActiveFault> Active => [.. _active];

    /// <summary>Injects a fault that ends by itself.</summary>
    public ActiveFault Inject(FaultOrder order) => Inject(order.Target, order.Fault, order.Duration);

    /// <summary>Injects a fault.</summary>
    /// <param name="target">Whom it strikes.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="duration">When it ends by itself; null for never.</param>
    public ActiveFault Inject(FaultTarget target, Fault fault, TimeSpan? duration)
    {
        var now = time.GetUtcNow();
        ActiveFault active;
        lock (_lock)
        {
            var number = ++_injected;
            active = new ActiveFault(string.Create(CultureInfo.InvariantCulture, $"fault-{number}"), number, target, fault, now, now + duration);
            _active = [.. _active, active];
            if (duration is { } end)
            {
                _ends.Add(active.Id, time.CreateTimer(_ => End(active.Id, "its time was over"), null, end, Timeout.InfiniteTimeSpan));
            }
        }

        LogInjected(active.Id, target, FaultKindNames.Of(fault.Kind), duration?.TotalSeconds);
        return active;
    }

    /// <summary>Takes a fault away; false when there is none of this id.</summary>
    public bool Remove(string id) => End(id, "it was taken away");

    public Fault? Next(AttemptRequest attempt)
    {
        var active = _active;
        if (active.Length == 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        foreach (var fault in active)
        {
            if (fault.TryStrike(attempt, now))
            {
                return fault.Fault;
            }
        }

        return null;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var end in _ends.Values)
            {
                end.Dispose();
            }

            _ends.Clear();
        }
    }

    private bool End(string id, string reason)
    {
        ActiveFault? ended;
        lock (_lock)
        {
            ended = _active.FirstOrDefault(fault => fault.Id == id);
            _active = [.. _active.Where(fault => fault.Id != id)];
            if (_ends.Remove(id, out var timer))
            {
                timer.Dispose();
            }
        }

        if (ended is null)
        {
            return false;
        }

        LogEnded(id, ended.Target, FaultKindNames.Of(ended.Fault.Kind), reason, ended.Struck);
        return true;
    }

    [LoggerMessage(1, LogLevel.Warning, "{Id} is injected: {Target} has the fault {Kind}, for {Seconds} s")]
    private partial void LogInjected(string id, FaultTarget target, string kind, double? seconds);

    [LoggerMessage(2, LogLevel.Warning, "{Id} has ended: {Target} no longer has the fault {Kind}, since {Reason}; it struck {Calls} calls")]
    private partial void LogEnded(string id, FaultTarget target, string kind, string reason, int calls);
}
