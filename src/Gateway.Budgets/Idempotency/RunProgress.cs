namespace Gateway.Budgets;

/// <summary>What there is of an answer.</summary>
/// <param name="State">How its run stands.</param>
/// <param name="Parts">The next ones, in their order; at most <see cref="MaxParts"/>.</param>
/// <param name="IsLast">Whether no more parts are stored behind these at this moment.</param>
public sealed record RunProgress(RunState State, IReadOnlyList<ReadOnlyMemory<byte>> Parts, bool IsLast)
{
    public const int MaxParts = 256;

    public static RunProgress Gone { get; } = new(RunState.Gone, [], IsLast: true);
}
