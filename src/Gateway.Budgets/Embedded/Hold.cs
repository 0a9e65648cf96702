namespace Gateway.Budgets;

/// <summary>What a request holds.</summary>
/// <param name="request">Whose it is.</param>
/// <param name="parts">The counters on which it holds more than 0, each once.</param>
internal sealed class Hold(RequestKey request, IReadOnlyList<(Counter Counter, long Amount)> parts)
{
    public RequestKey Request => request;

    public IReadOnlyList<(Counter Counter, long Amount)> Parts { get; private set; } = parts;

    /// <summary>The end of its lease, as a timestamp of the store's clock.</summary>
    public long End { get; set; }

    /// <summary>Whether its settlement is being written. Until that is known to have worked it stays, or its room would be given away.</summary>
    public bool IsSettling { get; set; }

    public long AmountOn(Counter counter) => Parts.FirstOrDefault(part => part.Counter == counter).Amount;

    public void Add(Counter counter, long amount) =>
        Parts = [.. Parts.Where(part => part.Counter != counter), (counter, AmountOn(counter) + amount)];
}
