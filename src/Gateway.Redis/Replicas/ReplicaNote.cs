namespace Gateway.Redis;

/// <summary>What another replica put on a <see cref="ReplicaBoard"/>.</summary>
/// <param name="Replica">Its name.</param>
public sealed record ReplicaNote(string Replica, ReadOnlyMemory<byte> Note);
