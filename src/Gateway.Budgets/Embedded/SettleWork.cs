namespace Gateway.Budgets;

/// <summary>A settlement on its way to the file.</summary>
internal sealed class SettleWork(Settlement settlement)
{
    private readonly TaskCompletionSource<SettleResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Settlement Settlement => settlement;

    public RequestKey Request { get; } = new(settlement.Partition, settlement.RequestId);

    /// <summary>What the request holds, if anything.</summary>
    public Hold? Hold { get; set; }

    /// <summary>In the order of the settlement's amounts.</summary>
    public List<Counter> Counters { get; } = [];

    /// <summary>What came of it; null until it is in the transaction, and after a failure.</summary>
    public SettleResult? Outcome { get; set; }

    /// <summary>Why it cannot be written, whatever becomes of the others.</summary>
    public Exception? Problem { get; set; }

    public Task<SettleResult> Done => _done.Task;

    public void Complete()
    {
        if (Problem is not null)
        {
            _done.SetException(Problem);
        }
        else
        {
            _done.SetResult(Outcome ?? throw new InvalidOperationException("A settlement was neither written nor refused."));
        }
    }
}
