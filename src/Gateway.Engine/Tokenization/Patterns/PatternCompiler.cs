namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>
/// Turns the tree of an expression into instructions. Repeated characters become one instruction; repeated groups are unrolled up to
/// their minimum and maximum. Each choice knows the characters that its branches can go on with, so that most dead ends are never entered.
/// </summary>
internal sealed class PatternCompiler
{
    private const int MaxInstructions = 20_000;

    private readonly List<Instruction> _code = [];
    private int _states;

    private PatternCompiler()
    {
    }

    public static (Instruction[] Code, int StateCount) Compile(PatternNode root)
    {
        PatternCompiler compiler = new();
        compiler.Add(root, follow: null);
        compiler.Emit(new Instruction(Operation.Match));
        return ([.. compiler._code], compiler._states);
    }

    /// <summary>What must come next where <paramref name="node"/> and then <paramref name="follow"/> are to match.</summary>
    private static CodePointSet? FirstThrough(PatternNode node, CodePointSet? follow) =>
        node.MinLength > 0 ? node.First : follow?.Union(node.First);

    private int Emit(Instruction instruction)
    {
        if (_code.Count == MaxInstructions)
        {
            throw new PatternSyntaxException($"the expression takes more than {MaxInstructions} instructions", 0);
        }

        _code.Add(instruction);
        return _code.Count - 1;
    }

    private void Add(PatternNode node, CodePointSet? follow)
    {
        switch (node)
        {
            case SetNode set:
                Emit(new Instruction(Operation.Set) { Set = set.Set });
                break;
            case SequenceNode sequence:
                AddSequence(sequence, follow);
                break;
            case AlternationNode alternation:
                AddAlternation(alternation, follow);
                break;
            case RepeatNode { Body: SetNode set } repeat:
                AddLoop(set.Set, repeat, follow);
                break;
            case RepeatNode { Mode: RepeatMode.Possessive } repeat:
                AddEnclosed(new Instruction(Operation.Atomic), repeat with { Mode = RepeatMode.Greedy });
                break;
            case RepeatNode repeat:
                AddRepeatedGroup(repeat, follow);
                break;
            case LookNode look:
                AddEnclosed(new Instruction(Operation.Look) { IsNegative = look.IsNegative }, look.Body);
                break;
            case AtomicNode atomic:
                AddEnclosed(new Instruction(Operation.Atomic), atomic.Body);
                break;
            case AnchorNode anchor:
                Emit(new Instruction(Operation.Anchor) { Anchor = anchor.Anchor });
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(node), node, "A kind of node that the compiler does not know.");
        }
    }

    private void AddSequence(SequenceNode sequence, CodePointSet? follow)
    {
        var follows = new CodePointSet?[sequence.Items.Count];
        for (var i = sequence.Items.Count - 1; i >= 0; i--)
        {
            follows[i] = follow;
            follow = FirstThrough(sequence.Items[i], follow);
        }

        for (var i = 0; i < follows.Length; i++)
        {
            Add(sequence.Items[i], follows[i]);
        }
    }

    private void AddAlternation(AlternationNode alternation, CodePointSet? follow)
    {
        List<int> jumps = [];
        var rest = alternation.Alternatives;
        for (var i = 0; i < rest.Count - 1; i++)
        {
            var others = new AlternationNode([.. rest.Skip(i + 1)]);
            var split = EmitSplit(FirstThrough(rest[i], follow), FirstThrough(others, follow));
            Add(rest[i], follow);
            jumps.Add(Emit(new Instruction(Operation.Jump)));
            _code[split] = _code[split] with { Target = split + 1, Alternative = _code.Count };
        }

        Add(rest[^1], follow);
        foreach (var jump in jumps)
        {
            _code[jump] = _code[jump] with { Target = _code.Count };
        }
    }

    /// <summary>A loop whose characters cannot begin what follows never has to give one back.</summary>
    private void AddLoop(CodePointSet set, RepeatNode repeat, CodePointSet? follow)
    {
        var mode = repeat.Mode == RepeatMode.Greedy && follow is not null && set.Intersect(follow).IsEmpty ? RepeatMode.Possessive : repeat.Mode;
        Emit(new Instruction(Operation.Loop)
        {
            Set = set,
            Min = repeat.Min,
            Max = repeat.Max ?? int.MaxValue,
            Mode = mode,
            Follow = follow,
            State = repeat.Max is null ? _states++ : -1,
        });
    }

    private void AddRepeatedGroup(RepeatNode repeat, CodePointSet? follow)
    {
        var body = repeat.Body;
        var inner = follow?.Union(body.First);
        for (var i = 0; i < repeat.Min; i++)
        {
            Add(body, inner);
        }

        List<int> splits = [];
        for (var i = repeat.Min; i < (repeat.Max ?? repeat.Min + 1); i++)
        {
            var (into, past) = (FirstThrough(body, inner), follow);
            splits.Add(repeat.Mode == RepeatMode.Lazy ? EmitSplit(past, into) : EmitSplit(into, past));
            Add(body, inner);
        }

        if (repeat.Max is null)
        {
            Emit(new Instruction(Operation.Jump) { Target = splits[0] });
        }

        foreach (var split in splits)
        {
            var (into, past) = (split + 1, _code.Count);
            _code[split] = repeat.Mode == RepeatMode.Lazy
                ? _code[split] with { Target = past, Alternative = into }
                : _code[split] with { Target = into, Alternative = past };
        }
    }

    /// <summary>The body matches for itself, whatever comes behind it.</summary>
    private void AddEnclosed(Instruction opening, PatternNode body)
    {
        var start = Emit(opening);
        Add(body, follow: null);
        Emit(new Instruction(Operation.Match));
        _code[start] = opening with { Target = _code.Count };
    }

    private int EmitSplit(CodePointSet? targetFirst, CodePointSet? alternativeFirst) =>
        Emit(new Instruction(Operation.Split) { TargetFirst = targetFirst, AlternativeFirst = alternativeFirst, State = _states++ });
}
