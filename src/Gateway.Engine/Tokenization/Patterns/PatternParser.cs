namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>
/// Parses the part of Oniguruma's syntax (doc/RE of the library, Ruby's flavour) that published tokenizers use: literals, classes,
/// groups without capture semantics, alternation, quantifiers, lookahead, atomic groups, line and text anchors, <c>(?i)</c>.
/// Look-behind, back references and conditionals are refused by name.
/// </summary>
internal sealed class PatternParser
{
    private const int MaxDepth = 100;
    private const int MaxRepeat = 1000;

    private readonly PatternReader _reader;
    private readonly CharacterClassParser _classes;
    private int _depth;

    private PatternParser(string source)
    {
        _reader = new PatternReader(source);
        _classes = new CharacterClassParser(_reader);
    }

    /// <exception cref="PatternSyntaxException">The expression is malformed or uses syntax that is not supported.</exception>
    public static PatternNode Parse(string source)
    {
        PatternParser parser = new(source);
        var node = parser.ParseAlternation(ignoreCase: false);
        return parser._reader.AtEnd ? node : throw parser._reader.Error("')' has no opening parenthesis");
    }

    private PatternNode ParseAlternation(bool ignoreCase)
    {
        if (++_depth > MaxDepth)
        {
            throw _reader.Error($"groups are nested deeper than {MaxDepth}");
        }

        List<PatternNode> alternatives = [ParseSequence(ignoreCase)];
        while (_reader.TryRead("|"))
        {
            alternatives.Add(ParseSequence(ignoreCase));
        }

        _depth--;
        return alternatives.Count == 1 ? alternatives[0] : new AlternationNode(alternatives);
    }

    private PatternNode ParseSequence(bool ignoreCase)
    {
        List<PatternNode> items = [];
        while (!_reader.AtEnd && _reader.Peek() is not ('|' or ')'))
        {
            items.Add(ParseQuantified(ignoreCase));
        }

        return items.Count == 1 ? items[0] : new SequenceNode(items);
    }

    private PatternNode ParseQuantified(bool ignoreCase)
    {
        var node = ParseAtom(ignoreCase);
        for (var stacked = 0; TryParseQuantifier(out var min, out var max, out var mode); stacked++)
        {
            if (stacked == MaxDepth)
            {
                throw _reader.Error($"more than {MaxDepth} quantifiers follow each other");
            }

            if (node is LookNode or AnchorNode)
            {
                throw _reader.Error("a lookahead or an anchor cannot be repeated");
            }

            if (max is null && node.MinLength == 0)
            {
                throw _reader.Error("a group that may be empty cannot be repeated without end");
            }

            node = new RepeatNode(node, min, max, mode);
        }

        return node;
    }

    private bool TryParseQuantifier(out int min, out int? max, out RepeatMode mode)
    {
        (min, max, mode) = (0, null, RepeatMode.Greedy);
        switch (_reader.Peek())
        {
            case '*':
                _reader.Read();
                break;
            case '+':
                _reader.Read();
                min = 1;
                break;
            case '?':
                _reader.Read();
                max = 1;
                break;
            case '{' when _reader.Peek(1) is (>= '0' and <= '9') or ',':
                return ParseInterval(out min, out max, out mode);
            default:
                return false;
        }

        mode = _reader.TryRead("?") ? RepeatMode.Lazy : _reader.TryRead("+") ? RepeatMode.Possessive : RepeatMode.Greedy;
        return true;
    }

    /// <summary><c>{n}</c>, <c>{n,}</c>, <c>{n,m}</c> and <c>{,m}</c>. Ruby knows no possessive interval: a plus behind one repeats it, and so does a question mark behind <c>{n}</c>.</summary>
    private bool ParseInterval(out int min, out int? max, out RepeatMode mode)
    {
        _reader.Expect("{");
        var first = _reader.TryReadNumber(MaxRepeat);
        var isRange = _reader.TryRead(",");
        var second = isRange ? _reader.TryReadNumber(MaxRepeat) : first;
        _reader.Expect("}");
        if (first is null && second is null)
        {
            throw _reader.Error("an interval needs a number");
        }

        (min, max) = (first ?? 0, second);
        if (min > max)
        {
            throw _reader.Error("an interval runs backwards");
        }

        mode = isRange && _reader.TryRead("?") ? RepeatMode.Lazy : RepeatMode.Greedy;
        return true;
    }

    private PatternNode ParseAtom(bool ignoreCase)
    {
        switch (_reader.Peek())
        {
            case '(':
                _reader.Read();
                return ParseGroup(ignoreCase);
            case '[':
                _reader.Read();
                return new SetNode(_classes.Parse(ignoreCase));
            case '\\':
                _reader.Read();
                return ParseEscape(ignoreCase);
            case '.':
                _reader.Read();
                return new SetNode(CodePointSet.Of('\n').Complement());
            case '^':
                _reader.Read();
                return new AnchorNode(Anchor.LineStart);
            case '$':
                _reader.Read();
                return new AnchorNode(Anchor.LineEnd);
            case '*' or '+' or '?':
                throw _reader.Error("a quantifier has nothing to repeat");
            default:
                return Literal(_reader.Read(), ignoreCase);
        }
    }

    private PatternNode ParseEscape(bool ignoreCase)
    {
        Anchor? anchor = _reader.Peek() switch
        {
            'A' => Anchor.TextStart,
            'z' => Anchor.TextEnd,
            'Z' => Anchor.TextEndOrLastLineFeed,
            'b' => Anchor.WordBoundary,
            'B' => Anchor.NoWordBoundary,
            _ => null,
        };
        if (anchor is { } place)
        {
            _reader.Read();
            return new AnchorNode(place);
        }

        return _reader.TryReadClassEscape() is { } set
            ? new SetNode(ignoreCase ? set.IgnoreCase() : set)
            : Literal(_reader.ReadCharacterEscape(), ignoreCase);
    }

    private PatternNode ParseGroup(bool ignoreCase)
    {
        if (!_reader.TryRead("?"))
        {
            return Closed(ParseAlternation(ignoreCase));
        }

        if (_reader.TryRead(":"))
        {
            return Closed(ParseAlternation(ignoreCase));
        }

        if (_reader.TryRead("="))
        {
            return new LookNode(Closed(ParseAlternation(ignoreCase)), IsNegative: false);
        }

        if (_reader.TryRead("!"))
        {
            return new LookNode(Closed(ParseAlternation(ignoreCase)), IsNegative: true);
        }

        if (_reader.TryRead(">"))
        {
            return new AtomicNode(Closed(ParseAlternation(ignoreCase)));
        }

        var withCase = _reader.TryRead("-");
        if (!_reader.TryRead("i"))
        {
            throw _reader.Error("this kind of group is not supported; known are (?:…), (?=…), (?!…), (?>…), (?i), (?i:…) and (?-i:…)");
        }

        if (_reader.TryRead(")"))
        {
            // (?i) reaches to the end of the group around it, over alternatives too: a(?i)b|c is a(?i:b|c).
            return ParseAlternation(!withCase);
        }

        _reader.Expect(":");
        return Closed(ParseAlternation(!withCase));
    }

    private PatternNode Closed(PatternNode node)
    {
        _reader.Expect(")");
        return node;
    }

    private static SetNode Literal(int character, bool ignoreCase)
    {
        var set = CodePointSet.Of(character);
        return new SetNode(ignoreCase ? set.IgnoreCase() : set);
    }
}
