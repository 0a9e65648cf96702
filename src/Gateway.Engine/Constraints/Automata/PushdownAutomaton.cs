namespace Gateway.Engine.Constraints.Automata;

/// <summary>A compiled grammar: rules that call each other, each a deterministic automaton over bytes and tokens.</summary>
/// <param name="Root">Where an answer begins.</param>
/// <param name="TokenIds">All tokens that the grammar names.</param>
/// <param name="StateCount">States of all rules, shared ones left out.</param>
internal sealed record PushdownAutomaton(RuleAutomaton Root, IReadOnlySet<int> TokenIds, int StateCount)
{
    /// <summary>Whether a text fulfils the grammar as a whole.</summary>
    public bool Accepts(ReadOnlySpan<byte> text)
    {
        StackTable stacks = new();
        StackSet current = new(), next = new();
        stacks.Begin(Root, current);
        foreach (var value in text)
        {
            stacks.Step(current, value, next);
            (current, next) = (next, current);
        }

        return current.IsAccepting;
    }
}
