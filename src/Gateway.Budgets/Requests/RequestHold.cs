using System.Collections.Immutable;

namespace Gateway.Budgets;

/// <summary>What one request holds, from its reservation to its settlement.</summary>
public sealed class RequestHold
{
    private int _isClosed;

    internal RequestHold(Reservation reservation, ImmutableArray<LimitCharge> charges, long reservedAt)
    {
        Reservation = reservation;
        Charges = charges;
        ExtendedAt = reservedAt;
    }

    public ImmutableArray<LimitCharge> Charges { get; private set; }

    /// <summary>How each limit stood once this was held, in the order of <see cref="Charges"/>; empty when the store did not say.</summary>
    public ImmutableArray<LimitUse> Uses { get; internal set; } = [];

    /// <summary>Whether it is held in this process only, because the store did not answer.</summary>
    public bool IsLocal { get; internal set; }

    internal Reservation Reservation { get; private set; }

    /// <summary>What it has taken of the allowances of <see cref="GraceBook"/>, which alone writes it; empty for nothing.</summary>
    internal ImmutableArray<long> Grace { get; set; } = [];

    /// <summary>Timestamp of the last time at which its lease began anew.</summary>
    internal long ExtendedAt { get; set; }

    internal bool IsClosed => Volatile.Read(ref _isClosed) == 1;

    /// <summary>True the first time.</summary>
    internal bool TryClose() => Interlocked.Exchange(ref _isClosed, 1) == 0;

    internal void Raise(Reservation reservation, ImmutableArray<LimitCharge> charges) => (Reservation, Charges) = (reservation, charges);
}
