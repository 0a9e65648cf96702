namespace Gateway.Budgets;

/// <summary>What a request holds.</summary>
/// <param name="request">Whose it is.</param>
/// <param name="parts">The counters on which it holds more than 0.</param>
internal sealed class Hold(RequestKey request, IReadOnlyList<(Counter Counter, long Amount)> parts)
{
    public RequestKey Request => request;

    public IReadOnlyList<(Counter Counter, long Amount)> Parts => parts;

    /// <summary>The end of its lease, as a timestamp of the store's clock.</summary>
    public long End { get; set; }

    /// <summary>Whether its settlement is being written. Until that is known to have worked it stays, or its room would be given away.</summary>
    public bool IsSettling { get; set; }
}
