using System.Collections.Immutable;

namespace Gateway.Observability;

/// <summary>One series of a histogram that is counted elsewhere, as it is now.</summary>
/// <param name="Counts">Observations in each bucket alone, the infinite one last; the bounds are those of the catalogue.</param>
/// <param name="Sum">Of all observations.</param>
/// <param name="Tags">What makes the series.</param>
public sealed record ObservedHistogram(ImmutableArray<long> Counts, double Sum, params KeyValuePair<string, object?>[] Tags);
