namespace Gateway.Engine.Constraints.Automata;

/// <summary>A compiled rule.</summary>
/// <param name="name">For messages.</param>
internal sealed class RuleAutomaton(string name)
{
    public string Name { get; } = name;

    public AutomatonState Start { get; set; } = new();

    /// <summary>The empty text is among what it describes.</summary>
    public bool IsNullable { get; set; }
}
