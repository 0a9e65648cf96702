namespace Gateway.Routing;

/// <summary>What one replica saw, at one moment. Sums and counts are weighted by <see cref="TimeSlice.Weight"/> as of that moment.</summary>
/// <param name="At">When it was exported, by that replica's clock.</param>
/// <param name="Prefixes">The newest, newest first.</param>
internal sealed record ReplicaExport(
    DateTimeOffset At, IReadOnlyList<ModelExport> Models, IReadOnlyList<LengthExport> Lengths, IReadOnlyList<PrefixExport> Prefixes);

/// <param name="SuspendedUntil">Ticks of UTC; 0 when the model is not suspended.</param>
/// <param name="FirstToken">Of streams.</param>
/// <param name="Answer">Of answers in one piece.</param>
internal sealed record ModelExport(
    string QualifiedName, int InFlight, long SuspendedUntil, ModelTotals Totals, LatencyExport FirstToken, LatencyExport Answer);

/// <param name="Buckets">Those with values, in rising order.</param>
/// <param name="Sum">In µs.</param>
/// <param name="Min">In µs, without a weight.</param>
/// <param name="Max">In µs, without a weight.</param>
internal sealed record LatencyExport(IReadOnlyList<(int Bucket, long Weight)> Buckets, long Sum, long Min, long Max)
{
    public static LatencyExport Empty { get; } = new([], 0, 0, 0);
}

internal readonly record struct LengthExport(string Route, TaskKind Task, long Answers, long Tokens);

internal readonly record struct PrefixExport(ulong Hash, PrefixOwner Owner);
