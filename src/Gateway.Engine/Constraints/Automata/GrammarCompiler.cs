using Gateway.Engine.Constraints.Expressions;

namespace Gateway.Engine.Constraints.Automata;

/// <summary>Compiles a grammar: every rule that it leads to becomes an automaton, and what leads nowhere is cut off.</summary>
internal sealed class GrammarCompiler
{
    private readonly Dictionary<GrammarRule, RuleAutomaton> _rules = [];
    private readonly Dictionary<RepeatGrammar, RuleAutomaton> _counters = [];
    private readonly Dictionary<(Grammar, Grammar, bool), ProductAutomaton> _products = [];
    private readonly Queue<(RuleAutomaton Automaton, Grammar Body)> _pending = new();
    private readonly List<RuleAutomaton> _compiled = [];
    private readonly List<AutomatonState> _states = [];
    private RuleLibrary? _library;
    private long _work;

    private GrammarCompiler()
    {
    }

    public GrammarSize Size { get; } = new();

    public HashSet<int> TokenIds { get; } = [];

    /// <exception cref="GrammarException">It is too large, describes nothing, or a rule begins with itself.</exception>
    public static PushdownAutomaton Compile(Grammar grammar)
    {
        GrammarCompiler compiler = new();
        var root = compiler.Enqueue("the answer", grammar);
        compiler.Finish();
        return root.Start.IsLive
            ? new PushdownAutomaton(root, compiler.TokenIds, compiler._states.Count)
            : throw new GrammarException("The grammar describes nothing: no text fulfils it.");
    }

    /// <summary>Compiles rules that belong to no grammar alone.</summary>
    public static Dictionary<GrammarRule, RuleAutomaton> Compile(RuleLibrary library)
    {
        GrammarCompiler compiler = new() { _library = library };
        foreach (var rule in library.Rules)
        {
            compiler.Rule(rule);
        }

        compiler.Finish();
        return compiler._rules;
    }

    /// <summary>The automaton of a rule; its states may come later.</summary>
    public RuleAutomaton Rule(GrammarRule rule)
    {
        if (!_rules.TryGetValue(rule, out var automaton))
        {
            automaton = rule.Library is { } library && library != _library ? library.AutomatonOf(rule) : Enqueue(rule.Name, rule.Body);
            _rules.Add(rule, automaton);
        }

        return automaton;
    }

    /// <summary>The automaton of a repetition that is counted.</summary>
    public RuleAutomaton Counter(RepeatGrammar repeat)
    {
        if (!_counters.TryGetValue(repeat, out var automaton))
        {
            automaton = new RuleAutomaton("a repetition") { Start = AddState() };
            automaton.Start.Counter = new RepeatCounter(Enqueue("a repetition's body", repeat.Body), repeat.Min, repeat.Max);
            _compiled.Add(automaton);
            _counters.Add(repeat, automaton);
        }

        return automaton;
    }

    public ProductAutomaton Product(Grammar left, Grammar right, bool isDifference)
    {
        if (!_products.TryGetValue((left, right, isDifference), out var product))
        {
            product = new ProductAutomaton(Determine(left, isRegular: true), Determine(right, isRegular: true), isDifference);
            _products.Add((left, right, isDifference), product);
        }

        return product;
    }

    /// <exception cref="GrammarException">There are too many.</exception>
    public AutomatonState AddState()
    {
        if (_states.Count == GrammarLimits.MaxStates)
        {
            throw GrammarLimits.TooLarge();
        }

        _states.Add(new AutomatonState());
        return _states[^1];
    }

    /// <exception cref="GrammarException">It was too much.</exception>
    public void CountWork(int amount)
    {
        _work += amount;
        if (_work > GrammarLimits.MaxWork)
        {
            throw GrammarLimits.TooLarge();
        }
    }

    private RuleAutomaton Enqueue(string name, Grammar body)
    {
        RuleAutomaton automaton = new(name);
        _pending.Enqueue((automaton, body));
        _compiled.Add(automaton);
        return automaton;
    }

    private void Finish()
    {
        while (_pending.TryDequeue(out var next))
        {
            next.Automaton.Start = Determine(next.Body, isRegular: false);
        }

        new AutomatonCheck(_compiled, _states).Run();
    }

    private AutomatonState Determine(Grammar grammar, bool isRegular)
    {
        NfaBuilder builder = new(this, isRegular);
        var start = builder.Build(grammar, builder.Nfa.Accept);
        return new Determinizer(builder.Nfa, this).Run(start);
    }
}
