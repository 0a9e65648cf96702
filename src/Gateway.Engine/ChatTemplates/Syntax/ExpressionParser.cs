using System.Globalization;
using System.Numerics;
using System.Text;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax.Expressions;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax;

/// <summary>
/// Expressions, one method per level of precedence, loosest first: <c>if else</c>, <c>or</c>, <c>and</c>, <c>not</c>, comparisons,
/// <c>+ -</c>, <c>~</c>, <c>* / // %</c>, <c>**</c>, signs; filters, tests, calls and subscripts bind tightest. These are Jinja's
/// levels: <c>~</c> binds tighter than <c>+</c>, and <c>**</c> groups to the left.
/// </summary>
internal sealed class ExpressionParser(TokenStream tokens, NameUse names)
{
    private static readonly string[] Reserved = ["and", "or", "not", "in", "is", "if", "else", "elif"];

    private static readonly string[] Comparators = ["==", "!=", "<", "<=", ">", ">="];

    private readonly PostfixParser _postfix = new(tokens, names);

    /// <summary>A full expression; in the head of a <c>for</c> without inline <c>if</c>, which is the loop's filter there.</summary>
    public Expression Parse(bool withConditional = true) =>
        tokens.Deeper(() => withConditional ? ParseConditional() : ParseOr());

    /// <summary>An expression, or several with commas between them, which make a tuple even without parentheses.</summary>
    public Expression ParseTuple(bool withConditional = true)
    {
        var line = tokens.Current.Line;
        var first = Parse(withConditional);
        if (!tokens.Current.IsSymbol(","))
        {
            return first;
        }

        List<Expression> items = [first];
        while (tokens.TrySymbol(",") && !AtTupleEnd())
        {
            items.Add(Parse(withConditional));
        }

        return new SequenceExpression(line, items, isTuple: true);
    }

    /// <summary>The arguments behind an opening parenthesis, and the closing one.</summary>
    public ArgumentList ParseArguments()
    {
        List<Expression> positional = [];
        List<KeyValuePair<string, Expression>> named = [];
        while (!tokens.TrySymbol(")"))
        {
            if (positional.Count + named.Count > 0)
            {
                tokens.ExpectSymbol(",");
                if (tokens.TrySymbol(")"))
                {
                    break;
                }
            }

            if (tokens.Current.Kind == TokenKind.Name && tokens.Following.IsSymbol("="))
            {
                var name = tokens.Take().Text;
                tokens.Take();
                named.Add(KeyValuePair.Create(name, Parse()));
            }
            else
            {
                positional.Add(named.Count == 0 ? Parse() : throw tokens.Unexpected("a named argument (positional ones come first)"));
            }
        }

        return new ArgumentList(positional, named);
    }

    /// <summary>A name, literal or bracketed expression, without what may follow it.</summary>
    public Expression ParsePrimary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name when !Reserved.Contains(token.Text):
                tokens.Take();
                return Constant(token.Text) is { } constant ? new LiteralExpression(token.Line, constant) : new NameExpression(token.Line, token.Text);
            case TokenKind.String:
                return new LiteralExpression(token.Line, new StringValue(ParseStrings()));
            case TokenKind.Integer when token.Text.Length <= IntegerValue.MaxDigits:
                tokens.Take();
                return new LiteralExpression(token.Line, new IntegerValue(BigInteger.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Integer:
                throw new ChatTemplateException($"a number has more than {IntegerValue.MaxDigits} digits.", token.Line);
            case TokenKind.Float:
                tokens.Take();
                return new LiteralExpression(token.Line, new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Symbol when tokens.TrySymbol("("):
                return ParseParenthesized(token.Line);
            case TokenKind.Symbol when tokens.TrySymbol("["):
                return new SequenceExpression(token.Line, ParseItems("]", () => Parse()), isTuple: false);
            case TokenKind.Symbol when tokens.TrySymbol("{"):
                return new DictExpression(token.Line, ParseItems("}", ParseEntry));
            default:
                throw tokens.Unexpected("an expression");
        }
    }

    private bool AtTupleEnd() => tokens.Current.Kind is TokenKind.TagEnd or TokenKind.PrintEnd || tokens.Current.IsSymbol(")");

    private Expression ParseConditional()
    {
        var value = ParseOr();
        while (tokens.Current.IsName("if"))
        {
            var line = tokens.Take().Line;
            var condition = ParseOr();
            var otherwise = tokens.TryName("else") ? Parse() : null;
            value = new ConditionalExpression(line, condition, value, otherwise);
        }

        return value;
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (tokens.Current.IsName("or"))
        {
            left = new LogicalExpression(tokens.Take().Line, isAnd: false, left, ParseAnd());
        }

        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (tokens.Current.IsName("and"))
        {
            left = new LogicalExpression(tokens.Take().Line, isAnd: true, left, ParseNot());
        }

        return left;
    }

    private Expression ParseNot() => tokens.Current.IsName("not")
        ? new UnaryExpression(tokens.Take().Line, value => BoolValue.Of(!value.IsTrue), tokens.Deeper(ParseNot))
        : ParseComparison();

    private Expression ParseComparison()
    {
        var line = tokens.Current.Line;
        var first = ParseSum();
        List<(string Symbol, Expression Operand)> rest = [];
        while (TryTakeComparator() is { } symbol)
        {
            rest.Add((symbol, ParseSum()));
        }

        return rest.Count == 0 ? first : new CompareExpression(line, first, rest);
    }

    private string? TryTakeComparator()
    {
        if (tokens.Current.Kind == TokenKind.Symbol && Comparators.Contains(tokens.Current.Text))
        {
            return tokens.Take().Text;
        }

        if (tokens.TryName("in"))
        {
            return "in";
        }

        if (tokens.Current.IsName("not") && tokens.Following.IsName("in"))
        {
            tokens.Take();
            tokens.Take();
            return "not in";
        }

        return null;
    }

    private Expression ParseSum() => ParseLeftAssociative(ParseConcatenation, symbol => symbol switch
    {
        "+" => Operators.Add,
        "-" => (left, right, _) => Operators.Subtract(left, right),
        _ => null,
    });

    private Expression ParseConcatenation() => ParseLeftAssociative(ParseProduct, symbol => symbol == "~" ? Concatenate : null);

    private Expression ParseProduct() => ParseLeftAssociative(ParsePower, symbol => symbol switch
    {
        "*" => Operators.Multiply,
        "/" => (left, right, _) => Operators.Divide(left, right),
        "//" => (left, right, _) => Operators.FloorDivide(left, right),
        "%" => (left, right, _) => Operators.Modulo(left, right),
        _ => null,
    });

    private Expression ParsePower() => ParseLeftAssociative(
        () => ParseSign(withFilters: true), symbol => symbol == "**" ? (left, right, _) => Operators.Power(left, right) : null);

    private Expression ParseLeftAssociative(Func<Expression> parseOperand, Func<string, BinaryOperator?> find)
    {
        var left = parseOperand();
        while (tokens.Current.Kind == TokenKind.Symbol && find(tokens.Current.Text) is { } apply)
        {
            left = new BinaryExpression(tokens.Take().Line, apply, left, parseOperand());
        }

        return left;
    }

    // A filter behind a signed number applies to the number with its sign: -1|abs is 1.
    private Expression ParseSign(bool withFilters)
    {
        var token = tokens.Current;
        var operand = tokens.TrySymbol("-") ? new UnaryExpression(token.Line, Operators.Negate, tokens.Deeper(() =>
            ParseSign(withFilters: false)))
            : tokens.TrySymbol("+") ? new UnaryExpression(token.Line, Operators.Plus, tokens.Deeper(() => ParseSign(withFilters: false)))
            : ParsePrimary();
        return _postfix.Parse(this, operand, withFilters);
    }

    private static Value Concatenate(Value left, Value right, RenderBudget budget)
    {
        var joined = new TextBuffer(budget);
        PythonText.WriteStr(joined, left, budget);
        PythonText.WriteStr(joined, right, budget);
        return new StringValue(joined.ToString());
    }

    private static Value? Constant(string name) => name switch
    {
        "true" or "True" => BoolValue.True,
        "false" or "False" => BoolValue.False,
        "none" or "None" => NoneValue.Instance,
        _ => null,
    };

    /// <summary>String literals side by side are one string.</summary>
    private string ParseStrings()
    {
        var text = new StringBuilder();
        while (tokens.Current.Kind == TokenKind.String)
        {
            text.Append(tokens.Take().Text);
        }

        return text.ToString();
    }

    private Expression ParseParenthesized(int line)
    {
        var inner = AtTupleEnd() ? new SequenceExpression(line, [], isTuple: true) : ParseTuple();
        tokens.ExpectSymbol(")");
        return inner;
    }

    private KeyValuePair<Expression, Expression> ParseEntry()
    {
        var key = Parse();
        tokens.ExpectSymbol(":");
        return KeyValuePair.Create(key, Parse());
    }

    private List<T> ParseItems<T>(string closing, Func<T> parseItem)
    {
        List<T> items = [];
        while (!tokens.TrySymbol(closing))
        {
            if (items.Count > 0)
            {
                tokens.ExpectSymbol(",");
                if (tokens.TrySymbol(closing))
                {
                    break;
                }
            }

            items.Add(parseItem());
        }

        return items;
    }
}
