namespace Gateway.Benchmarks.StreamProbe;

/// <summary>One stream as its reader saw it.</summary>
/// <param name="FirstToken">From the start of the request to the first content.</param>
/// <param name="EventDelays">For each event from its writing upstream to its reading.</param>
internal sealed record StreamSample(TimeSpan FirstToken, IReadOnlyList<TimeSpan> EventDelays);
