using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using Gateway.Engine.ChatTemplates.Library;
using Gateway.Engine.ChatTemplates.Syntax.Expressions;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax;

/// <summary>What follows an operand: <c>.name</c>, <c>[key]</c>, <c>[a:b:c]</c>, <c>(arguments)</c>, <c>| filter</c>, <c>is test</c>.</summary>
internal sealed class PostfixParser(TokenStream tokens, NameUse names)
{
    public Expression Parse(ExpressionParser expressions, Expression operand, bool withFilters)
    {
        while (true)
        {
            var line = tokens.Current.Line;
            if (tokens.TrySymbol("."))
            {
                operand = ParseMember(operand, line);
            }
            else if (tokens.TrySymbol("["))
            {
                operand = ParseSubscript(expressions, operand, line);
            }
            else if (tokens.TrySymbol("("))
            {
                operand = ParseCall(expressions, operand, line);
            }
            else if (withFilters && tokens.TrySymbol("|"))
            {
                operand = ParseFilter(expressions, operand);
            }
            else if (withFilters && tokens.TryName("is"))
            {
                operand = ParseTest(expressions, operand, line);
            }
            else
            {
                return operand;
            }
        }
    }

    /// <summary>A filter's name and arguments, applied to <paramref name="subject"/>.</summary>
    public Expression ParseFilter(ExpressionParser expressions, Expression subject)
    {
        var name = tokens.Expect(TokenKind.Name, "the name of a filter");
        var filter = Named(Filters.All, "filter", name);
        var arguments = tokens.TrySymbol("(") ? expressions.ParseArguments() : ArgumentList.Empty;
        Check(filter, arguments, name.Line);
        return new FilterExpression(name.Line, filter, subject, arguments);
    }

    private Expression ParseMember(Expression subject, int line)
    {
        if (tokens.Current.Kind != TokenKind.Integer)
        {
            return new AttributeExpression(line, subject, tokens.Expect(TokenKind.Name, "a name after '.'").Text);
        }

        var position = BigInteger.Parse(tokens.Take().Text, CultureInfo.InvariantCulture);
        return new ItemExpression(line, subject, new LiteralExpression(line, new IntegerValue(position)));
    }

    private Expression ParseSubscript(ExpressionParser expressions, Expression subject, int line)
    {
        var start = tokens.Current.IsSymbol(":") ? null : expressions.Parse();
        if (tokens.TrySymbol("]"))
        {
            return new ItemExpression(line, subject, start!);
        }

        tokens.ExpectSymbol(":");
        var stop = tokens.Current.IsSymbol(":") || tokens.Current.IsSymbol("]") ? null : expressions.Parse();
        var step = tokens.TrySymbol(":") && !tokens.Current.IsSymbol("]") ? expressions.Parse() : null;
        tokens.ExpectSymbol("]");
        return new SliceExpression(line, subject, start, stop, step);
    }

    private CallExpression ParseCall(ExpressionParser expressions, Expression callee, int line)
    {
        if (callee is NameExpression name)
        {
            names.Call(name.Name, line);
        }

        return new CallExpression(line, callee, expressions.ParseArguments());
    }

    private Expression ParseTest(ExpressionParser expressions, Expression subject, int line)
    {
        var negated = tokens.TryName("not");
        var name = tokens.Expect(TokenKind.Name, "the name of a test");
        var test = Named(Tests.All, "test", name);
        var arguments = ParseTestArguments(expressions, test);
        Check(test, arguments, name.Line);
        if (test.Name is "defined" or "undefined" && subject is NameExpression probed)
        {
            names.Know(probed.Name);
        }

        var expression = new TestExpression(line, test, subject, arguments);
        return negated ? new UnaryExpression(line, value => BoolValue.Of(!value.IsTrue), expression) : expression;
    }

    /// <summary>A test's only argument may stand without parentheses: <c>is divisibleby 3</c>.</summary>
    private ArgumentList ParseTestArguments(ExpressionParser expressions, Builtin test)
    {
        if (tokens.TrySymbol("("))
        {
            return expressions.ParseArguments();
        }

        var takesOne = test.FindMismatch(1, []) is null;
        return takesOne
            ? new ArgumentList([Parse(expressions, expressions.ParsePrimary(), withFilters: false)], [])
            : ArgumentList.Empty;
    }

    private static Builtin Named(FrozenDictionary<string, Builtin> all, string kind, Token name) =>
        all.TryGetValue(name.Text, out var found)
            ? found
            : throw new ChatTemplateException($"there is no {kind} '{name.Text}'.", name.Line);

    private static void Check(Builtin builtin, ArgumentList arguments, int line)
    {
        if (builtin.FindMismatch(arguments.Positional.Count, [.. arguments.Named.Select(named => named.Key)]) is { } mismatch)
        {
            throw new ChatTemplateException(mismatch, line);
        }
    }
}
