using Gateway.Engine.Constraints.Automata;

namespace Gateway.Engine.Constraints;

/// <summary>A named part of a grammar that others, and itself, may refer to. Defined once, before the grammar is used.</summary>
/// <param name="name">For messages.</param>
public sealed class GrammarRule(string name)
{
    private Grammar? _body;

    public string Name { get; } = name;

    /// <summary>What a reference to the rule stands for.</summary>
    /// <exception cref="GrammarException">When read: the rule was not defined yet. When set: it was defined before.</exception>
    public Grammar Body
    {
        get => _body ?? throw new GrammarException($"The rule {Name} is referred to and was not defined.");
        set => _body = _body is null ? value : throw new GrammarException($"The rule {Name} is defined twice.");
    }

    /// <summary>Whose automata are compiled once for the whole process; null for rules of one grammar.</summary>
    internal RuleLibrary? Library { get; init; }
}
