namespace Gateway.Routing;

/// <summary>What one replica saw, at one moment.</summary>
/// <param name="At">When it was exported, by that replica's clock.</param>
/// <param name="Prefixes">The newest, newest first.</param>
internal sealed record ReplicaExport(
    DateTimeOffset At, IReadOnlyList<ModelExport> Models, IReadOnlyList<LengthExport> Lengths, IReadOnlyList<PrefixExport> Prefixes);

/// <param name="SuspendedUntil">Ticks of UTC; 0 when the model is not suspended.</param>
internal sealed record ModelExport(string QualifiedName, int InFlight, long SuspendedUntil, IReadOnlyList<ModelSlice> Slices);

internal sealed record LengthExport(string Route, TaskKind Task, IReadOnlyList<LengthSlice> Slices);

/// <param name="Number">By <see cref="TimeSlice.Of"/>.</param>
internal readonly record struct LengthSlice(long Number, long Answers, long Tokens);

internal readonly record struct PrefixExport(ulong Hash, PrefixOwner Owner);
