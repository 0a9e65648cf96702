namespace Gateway.Budgets;

/// <summary>A settlement that the store does not have yet, or is not known to have.</summary>
/// <param name="since">Timestamp.</param>
internal sealed class PendingSettlement(RequestHold hold, Settlement settlement, long since)
{
    /// <summary>So many times the store itself may say no, a minute's worth, until others need not wait for this one any more.</summary>
    private const int MaxRefusals = 240;

    private int _refusals;

    public RequestHold Hold => hold;

    public Settlement Settlement => settlement;

    /// <summary>Timestamp of when it began to wait.</summary>
    public long Since => since;

    /// <summary>
    /// Whether requests are decided as if the store were gone until it is settled. Not when the store answers and refuses it again and again,
    /// which is a fault of that one record: it is tried on, and keeps nobody else.
    /// </summary>
    public bool IsBlocking => Volatile.Read(ref _refusals) < MaxRefusals;

    /// <summary>The store has answered, and refused it.</summary>
    public void Refused() => Interlocked.Increment(ref _refusals);
}
