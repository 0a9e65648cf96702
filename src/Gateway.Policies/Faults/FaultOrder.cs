namespace Gateway.Policies;

/// <summary>An operator's wish to have a running gateway's provider fail for a while.</summary>
/// <param name="Target">Whom the fault strikes.</param>
/// <param name="Fault">What goes wrong.</param>
/// <param name="Duration">When it ends by itself: 1 second to an hour.</param>
public sealed record FaultOrder(FaultTarget Target, Fault Fault, TimeSpan Duration);
