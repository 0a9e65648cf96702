namespace Gateway.Engine.Constraints.Automata;

/// <summary>Rules that many grammars refer to, compiled together once for the process, when the first is asked for.</summary>
internal sealed class RuleLibrary
{
    private readonly List<GrammarRule> _rules = [];
    private readonly Lazy<Dictionary<GrammarRule, RuleAutomaton>> _automata;

    public RuleLibrary() => _automata = new Lazy<Dictionary<GrammarRule, RuleAutomaton>>(() => GrammarCompiler.Compile(this));

    public IReadOnlyList<GrammarRule> Rules => _rules;

    /// <summary>A rule of the library, to be defined before anything is compiled.</summary>
    /// <param name="name">Of no other rule in any library.</param>
    public GrammarRule Add(string name)
    {
        GrammarRule rule = new(name) { Library = this };
        _rules.Add(rule);
        return rule;
    }

    public RuleAutomaton AutomatonOf(GrammarRule rule) => _automata.Value[rule];
}
