namespace Gateway.Engine.Constraints.Automata;

/// <summary>An entry of a stack as it is written down outside its table.</summary>
/// <param name="State">Null behind the last entry of a stack.</param>
/// <param name="Count">For counters.</param>
internal readonly record struct StackFrame(AutomatonState? State, int Count);
