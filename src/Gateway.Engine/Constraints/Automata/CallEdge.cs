namespace Gateway.Engine.Constraints.Automata;

/// <param name="Callee">The rule that is entered.</param>
/// <param name="Return">Where to go on when it ends.</param>
internal readonly record struct CallEdge(RuleAutomaton Callee, AutomatonState Return);
