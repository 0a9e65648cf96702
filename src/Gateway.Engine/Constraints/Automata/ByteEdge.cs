namespace Gateway.Engine.Constraints.Automata;

/// <param name="First">The first byte of a range.</param>
/// <param name="Last">The last one, included.</param>
/// <param name="Target">Where they lead.</param>
internal readonly record struct ByteEdge(byte First, byte Last, AutomatonState Target);
