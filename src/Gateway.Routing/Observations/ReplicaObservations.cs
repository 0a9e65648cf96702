namespace Gateway.Routing;

/// <summary>What another replica exported.</summary>
/// <param name="Replica">Its name.</param>
/// <param name="Export">From <see cref="ObservationBoard.Export"/>.</param>
public sealed record ReplicaObservations(string Replica, ReadOnlyMemory<byte> Export);
