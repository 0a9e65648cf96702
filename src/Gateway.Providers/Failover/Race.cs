namespace Gateway.Providers.Failover;

/// <summary>Decides which of the attempts that run side by side may answer: the first that has something to deliver.</summary>
internal sealed class Race
{
    private Attempt? _winner;

    /// <summary>Whether an attempt has won.</summary>
    public bool IsDecided => Volatile.Read(ref _winner) is not null;

    /// <summary>True for the first who asks, and for it ever after.</summary>
    public bool TryWin(Attempt attempt) => Interlocked.CompareExchange(ref _winner, attempt, null) is not { } winner || winner == attempt;
}
