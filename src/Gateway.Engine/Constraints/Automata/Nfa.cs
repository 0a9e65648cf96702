namespace Gateway.Engine.Constraints.Automata;

/// <summary>A nondeterministic automaton under construction: a rule before its states are determined.</summary>
internal sealed class Nfa
{
    private readonly List<Part> _parts = [];

    public Nfa() => Accept = Add();

    /// <summary>Where the rule ends.</summary>
    public int Accept { get; }

    public int Count => _parts.Count;

    public Part this[int part] => _parts[part];

    /// <exception cref="GrammarException">There are too many.</exception>
    public int Add()
    {
        if (_parts.Count == GrammarLimits.MaxParts)
        {
            throw GrammarLimits.TooLarge();
        }

        _parts.Add(new Part());
        return _parts.Count - 1;
    }

    /// <summary>Ways on from one place.</summary>
    internal sealed class Part
    {
        public List<int> Empty { get; } = [];

        public List<(byte First, byte Last, int Target)> Bytes { get; } = [];

        public List<(int Id, int Target)> Tokens { get; } = [];

        public List<(RuleAutomaton Callee, int Return)> Calls { get; } = [];

        /// <summary>Whether anything but going on without reading is possible.</summary>
        public bool HasEdges => Bytes.Count + Tokens.Count + Calls.Count > 0;
    }
}
