using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.Regex;

/// <summary>
/// Parses the regular part of ECMA-262's expressions (section 22.2, with the u flag). Which way a quantifier prefers makes no difference to
/// a language, so lazy is greedy here. Of annex B it takes what people write: braces and closing brackets that stand for themselves.
/// </summary>
internal sealed class EcmaParser
{
    private const int MaxDepth = 100;
    private const int MaxRepeat = 1_000_000;

    private readonly PatternReader _reader;
    private int _depth;

    private EcmaParser(string pattern) => _reader = new PatternReader(pattern);

    /// <exception cref="PatternSyntaxException">The expression is malformed or uses syntax that is not supported.</exception>
    public static PatternNode Parse(string pattern)
    {
        EcmaParser parser = new(pattern);
        var node = parser.ParseAlternation();
        return parser._reader.AtEnd ? node : throw parser._reader.Error("')' has no opening parenthesis");
    }

    private PatternNode ParseAlternation()
    {
        if (++_depth > MaxDepth)
        {
            throw _reader.Error($"groups are nested deeper than {MaxDepth}");
        }

        List<PatternNode> alternatives = [ParseSequence()];
        while (_reader.TryRead("|"))
        {
            alternatives.Add(ParseSequence());
        }

        _depth--;
        return alternatives.Count == 1 ? alternatives[0] : new AlternationNode(alternatives);
    }

    private PatternNode ParseSequence()
    {
        List<PatternNode> items = [];
        while (!_reader.AtEnd && _reader.Peek() is not ('|' or ')'))
        {
            items.Add(ParseQuantified());
        }

        return items.Count == 1 ? items[0] : new SequenceNode(items);
    }

    private PatternNode ParseQuantified()
    {
        var node = ParseAtom();
        if (!TryParseQuantifier(out var min, out var max))
        {
            return node;
        }

        _reader.TryRead("?");
        if (TryParseQuantifier(out _, out _))
        {
            throw _reader.Error("a quantifier has nothing to repeat");
        }

        return node is AnchorNode ? throw _reader.Error("an anchor cannot be repeated") : new RepeatNode(node, min, max, RepeatMode.Greedy);
    }

    private bool TryParseQuantifier(out int min, out int? max)
    {
        (min, max) = (0, null);
        switch (_reader.Peek())
        {
            case '*':
                _reader.Read();
                return true;
            case '+':
                _reader.Read();
                min = 1;
                return true;
            case '?':
                _reader.Read();
                max = 1;
                return true;
            case '{' when IsInterval():
                _reader.Read();
                min = _reader.TryReadNumber(MaxRepeat) ?? 0;
                max = _reader.TryRead(",") ? _reader.TryReadNumber(MaxRepeat) : min;
                _reader.Expect("}");
                return min <= (max ?? min) ? true : throw _reader.Error("an interval runs backwards");
            default:
                return false;
        }
    }

    /// <summary>Whether <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c> comes next; other braces stand for themselves.</summary>
    private bool IsInterval()
    {
        var at = 1;
        var digits = SkipDigits(ref at);
        if (digits > 0 && _reader.Peek(at) == ',')
        {
            at++;
            SkipDigits(ref at);
        }

        return digits > 0 && _reader.Peek(at) == '}';
    }

    private int SkipDigits(ref int at)
    {
        var first = at;
        while (_reader.Peek(at) is >= '0' and <= '9')
        {
            at++;
        }

        return at - first;
    }

    private PatternNode ParseAtom()
    {
        var letter = _reader.Read();
        switch (letter)
        {
            case '(': return ParseGroup();
            case '[': return new SetNode(ParseClass());
            case '.': return new SetNode(EcmaEscapes.Dot);
            case '^': return new AnchorNode(Anchor.TextStart);
            case '$': return new AnchorNode(Anchor.TextEnd);
            case '\\' when _reader.Peek() is 'b' or 'B': throw _reader.Error("word boundaries are not supported; name the characters instead");
            case '\\': return new SetNode(EcmaEscapes.TryReadSet(_reader) ?? CodePointSet.Of(EcmaEscapes.ReadCharacter(_reader)));
            case '*' or '+' or '?': throw _reader.Error("a quantifier has nothing to repeat");
            default: return new SetNode(CodePointSet.Of(letter));
        }
    }

    private PatternNode ParseGroup()
    {
        if (_reader.TryRead("?") && !_reader.TryRead(":"))
        {
            if (_reader.Peek() is '=' or '!' || (_reader.Peek() == '<' && _reader.Peek(1) is '=' or '!'))
            {
                throw _reader.Error("look-ahead and look-behind are not supported");
            }

            if (!_reader.TryRead("<"))
            {
                throw _reader.Error("flags inside an expression are not supported; write both cases of a letter as a class");
            }

            while (_reader.Read() != '>')
            {
            }
        }

        var body = ParseAlternation();
        _reader.Expect(")");
        return body;
    }

    private CodePointSet ParseClass()
    {
        var isNegated = _reader.TryRead("^");
        List<CodePointSet> items = [];
        while (!_reader.TryRead("]"))
        {
            items.Add(ParseClassItem());
        }

        var set = CodePointSet.Union(items);
        return isNegated ? set.Complement() : set;
    }

    private CodePointSet ParseClassItem()
    {
        if (ParseClassAtom() is not { } first)
        {
            return EcmaEscapes.TryReadSet(_reader)!;
        }

        if (_reader.Peek() != '-' || _reader.Peek(1) == ']')
        {
            return CodePointSet.Of(first);
        }

        _reader.Read();
        var last = ParseClassAtom() ?? throw _reader.Error("a range must end in a character");
        return first <= last ? CodePointSet.Range(first, last) : throw _reader.Error("a range runs backwards");
    }

    /// <summary>A character of a class; null, with the backslash read, when a set comes instead.</summary>
    private int? ParseClassAtom()
    {
        var letter = _reader.Read();
        if (letter != '\\')
        {
            return letter;
        }

        return _reader.Peek() is 'd' or 'D' or 'w' or 'W' or 's' or 'S' or 'p' or 'P'
            ? null
            : _reader.TryRead("b") ? '\b' : EcmaEscapes.ReadCharacter(_reader);
    }
}
