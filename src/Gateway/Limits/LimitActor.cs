namespace Gateway.Limits;

/// <summary>Who changes a limit.</summary>
/// <param name="Id">For the audit log.</param>
/// <param name="RequestId">The request that asked for it.</param>
/// <param name="Cancelled">When that was given up.</param>
public sealed record LimitActor(string Id, string RequestId, CancellationToken Cancelled);
