using System.Collections.Frozen;

namespace Gateway.Routing;

/// <summary>Everything observed, over all replicas, as of the last refresh. Immutable; what is missing is unknown, never 0.</summary>
public sealed class ObservationView
{
    public static ObservationView Empty { get; } = new();

    /// <summary>By qualified name.</summary>
    public FrozenDictionary<string, ModelObservation> Models { get; init; } = FrozenDictionary<string, ModelObservation>.Empty;

    /// <summary>The mean length of answers in tokens.</summary>
    public FrozenDictionary<(string Route, TaskKind Task), double> OutputLengths { get; init; } = FrozenDictionary<(string Route, TaskKind Task), double>.Empty;

    /// <summary>By <see cref="RequestProfile.PrefixHash"/>. Not frozen: that costs more than a second's look-ups are worth.</summary>
    public IReadOnlyDictionary<ulong, PrefixOwner> Prefixes { get; init; } = FrozenDictionary<ulong, PrefixOwner>.Empty;

    public ModelObservation? Find(string qualifiedName) => Models.GetValueOrDefault(qualifiedName);

    /// <summary>The mean length of answers to this kind of task on this route, in tokens; null when none was seen.</summary>
    public double? OutputTokens(string route, TaskKind task) => OutputLengths.TryGetValue((route, task), out var tokens) ? tokens : null;

    /// <summary>The model that served this prefix last, if that was not longer ago than <paramref name="within"/>.</summary>
    public string? StickyModel(ulong prefixHash, DateTimeOffset now, TimeSpan within) =>
        Prefixes.TryGetValue(prefixHash, out var owner) && now - owner.At <= within ? owner.Model : null;
}
