namespace Gateway.Observability.Aggregation;

/// <summary>One observation that stands for a bucket, and the request that it came from.</summary>
/// <param name="RequestId">The id in <c>x-request-id</c>.</param>
public sealed record Exemplar(string RequestId, double Value, DateTimeOffset At);
