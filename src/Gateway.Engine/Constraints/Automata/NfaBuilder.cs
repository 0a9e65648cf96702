using System.Runtime.CompilerServices;
using Gateway.Engine.Constraints.Expressions;

namespace Gateway.Engine.Constraints.Automata;

/// <summary>
/// Lays out a grammar's expressions as a nondeterministic automaton (Thompson's construction, from the end to the beginning: each expression
/// is built knowing what follows it). What is used twice before the same continuation is built once, so that shared expressions stay small.
/// </summary>
/// <param name="compiler">Makes the automata of rules.</param>
/// <param name="isRegular">Repetitions are laid out in full, and rules and tokens are refused: for intersections and differences.</param>
internal sealed class NfaBuilder(GrammarCompiler compiler, bool isRegular)
{
    private readonly Dictionary<(Grammar, int), int> _built = [];
    private readonly Dictionary<(byte, byte, int), int> _byteParts = [];

    public Nfa Nfa { get; } = new();

    /// <summary>The part at which an expression begins behind which <paramref name="next"/> follows.</summary>
    /// <exception cref="GrammarException">It takes too many parts, or is nested too deeply.</exception>
    public int Build(Grammar grammar, int next)
    {
        if (_built.TryGetValue((grammar, next), out var known))
        {
            return known;
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new GrammarException("The grammar is nested too deeply.");
        }

        var start = grammar switch
        {
            LiteralGrammar literal => Literal(literal.Bytes, next),
            CharactersGrammar characters => Characters(characters, next),
            SequenceGrammar sequence => Sequence(sequence.Parts, next),
            ChoiceGrammar choice => Choice(choice.Alternatives, next),
            RepeatGrammar repeat => Repeat(repeat, next),
            IntersectionGrammar both => compiler.Product(both.Left, both.Right, isDifference: false).CopyTo(Nfa, next),
            DifferenceGrammar difference => compiler.Product(difference.Allowed, difference.Excluded, isDifference: true).CopyTo(Nfa, next),
            ReferenceGrammar or TokenGrammar when isRegular =>
                throw new GrammarException("Only regular expressions can be intersected or subtracted; there is a reference or a token."),
            ReferenceGrammar reference => Call(compiler.Rule(reference.Rule), next),
            TokenGrammar token => Token(token.Id, next),
            _ => throw new ArgumentOutOfRangeException(nameof(grammar), grammar, "A kind of expression that the builder does not know."),
        };
        _built.Add((grammar, next), start);
        return start;
    }

    private int Literal(ReadOnlySpan<byte> bytes, int next)
    {
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            next = Byte(bytes[i], bytes[i], next);
        }

        return next;
    }

    private int Characters(CharactersGrammar characters, int next)
    {
        var start = Nfa.Add();
        foreach (var ranges in Utf8Ranges.Of(characters.Set))
        {
            var target = next;
            for (var i = ranges.Length - 1; i > 0; i--)
            {
                target = Byte(ranges[i].First, ranges[i].Last, target);
            }

            Nfa[start].Bytes.Add((ranges[0].First, ranges[0].Last, target));
        }

        return start;
    }

    private int Byte(byte first, byte last, int next)
    {
        if (!_byteParts.TryGetValue((first, last, next), out var part))
        {
            part = Nfa.Add();
            Nfa[part].Bytes.Add((first, last, next));
            _byteParts.Add((first, last, next), part);
        }

        return part;
    }

    private int Sequence(Grammar[] parts, int next)
    {
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            next = Build(parts[i], next);
        }

        return next;
    }

    private int Choice(Grammar[] alternatives, int next)
    {
        var start = Nfa.Add();
        foreach (var alternative in alternatives)
        {
            Nfa[start].Empty.Add(Build(alternative, next));
        }

        return start;
    }

    private int Repeat(RepeatGrammar repeat, int next)
    {
        var times = repeat.Max ?? repeat.Min;
        if (!isRegular && times > 1 && times * compiler.Size.Of(repeat.Body) > GrammarLimits.MaxInlineParts)
        {
            return Call(compiler.Counter(repeat), next);
        }

        if (repeat.Max is null)
        {
            var loop = Nfa.Add();
            Nfa[loop].Empty.Add(next);
            Nfa[loop].Empty.Add(Build(repeat.Body, loop));
            next = loop;
        }

        for (var i = times; i > 0; i--)
        {
            var taken = Build(repeat.Body, next);
            if (i > repeat.Min)
            {
                // Skipping leads behind all of it, whatever number was taken.
                var optional = Nfa.Add();
                Nfa[optional].Empty.AddRange([taken, i == times ? next : EndOf(next)]);
                next = optional;
            }
            else
            {
                next = taken;
            }
        }

        return next;
    }

    /// <summary>Where an optional part leads when it is skipped.</summary>
    private int EndOf(int optional) => Nfa[optional].Empty[^1];

    private int Call(RuleAutomaton callee, int next)
    {
        var part = Nfa.Add();
        Nfa[part].Calls.Add((callee, next));
        return part;
    }

    private int Token(int id, int next)
    {
        compiler.TokenIds.Add(id);
        var part = Nfa.Add();
        Nfa[part].Tokens.Add((id, next));
        return part;
    }
}
