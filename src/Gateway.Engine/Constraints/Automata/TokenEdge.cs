namespace Gateway.Engine.Constraints.Automata;

/// <param name="Id">A token, whatever its bytes.</param>
/// <param name="Target">Where it leads.</param>
internal readonly record struct TokenEdge(int Id, AutomatonState Target);
