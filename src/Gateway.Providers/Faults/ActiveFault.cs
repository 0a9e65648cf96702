using Gateway.Policies;
using Gateway.Providers.Failover;

namespace Gateway.Providers.Faults;

/// <summary>A fault on the board, with what it has struck so far.</summary>
public sealed class ActiveFault
{
    private readonly Jitter _chance;
    private int _struck;

    internal ActiveFault(string id, ulong seed, FaultTarget target, Fault fault, DateTimeOffset since, DateTimeOffset? until)
    {
        (Id, Target, Fault, Since, Until) = (id, target, fault, since, until);
        _chance = new Jitter(seed);
    }

    /// <summary>Unique in this process.</summary>
    public string Id { get; }

    public FaultTarget Target { get; }

    public Fault Fault { get; }

    public DateTimeOffset Since { get; }

    /// <summary>When it ends by itself; null for never.</summary>
    public DateTimeOffset? Until { get; }

    /// <summary>Calls that it struck.</summary>
    public int Struck => Volatile.Read(ref _struck);

    /// <summary>Whether it strikes this call, which then counts.</summary>
    internal bool TryStrike(AttemptRequest attempt, DateTimeOffset now)
    {
        if (!Target.Includes(attempt.Model) || !Concerns(attempt) || now >= Until || !Fault.Covers(now - Since) || !IsDrawn())
        {
            return false;
        }

        if (Interlocked.Increment(ref _struck) <= (Fault.Times ?? int.MaxValue))
        {
            return true;
        }

        Interlocked.Decrement(ref _struck);
        return false;
    }

    /// <summary>Some faults only show in some calls; the others are no calls of theirs.</summary>
    private bool Concerns(AttemptRequest attempt) => Fault.Kind switch
    {
        FaultKind.RejectPrefill => attempt.Continuation is { Text.Length: > 0 },
        FaultKind.NoDone => attempt.Request.Stream,
        _ => true,
    };

    private bool IsDrawn() => Fault.Share >= 1 || _chance.Next() < Fault.Share;
}
