namespace Gateway.Budgets;

/// <summary>A counter in memory. What is spent is what the file says; what is held is only here.</summary>
internal sealed class Counter(CounterId id, long spent, long droppedAt)
{
    /// <summary>For a counter that is never dropped.</summary>
    public const long Never = long.MaxValue;

    public CounterId Id => id;

    public long Spent { get; private set; } = spent;

    /// <summary>When it counts as 0 again, in ms of Unix time.</summary>
    public long DroppedAt { get; private set; } = droppedAt;

    public long Held { get; set; }

    /// <summary>Settlements being written that add to it.</summary>
    public int Writers { get; set; }

    /// <summary>Whether the file may say otherwise.</summary>
    public bool IsStale { get; set; }

    /// <summary>Whether it may be forgotten, and read anew from the file.</summary>
    public bool IsIdle => Held == 0 && Writers == 0;

    public CounterState State => new(id, Spent, Held);

    public void SetSpent(long spent, long droppedAt) => (Spent, DroppedAt, IsStale) = (spent, droppedAt, false);
}
