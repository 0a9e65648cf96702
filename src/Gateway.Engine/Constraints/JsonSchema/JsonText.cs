using System.Globalization;
using System.Text;
using Gateway.Engine.Constraints.Automata;
using Gateway.Engine.Constraints.Expressions;
using Gateway.Engine.Constraints.Regex;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>
/// The parts of JSON text (RFC 8259) that all schemas are made of; compiled once for the process, so that masks computed for one request
/// serve all. Where a string's characters matter, as for patterns and property names, each is written in one way only: raw if it may be,
/// otherwise by the short escape if there is one, otherwise by <c>\u00xx</c> with small digits.
/// </summary>
internal static class JsonText
{
    private const int MaxIndentation = 64;
    private const string ShortEscapes = "\"\\\b\f\n\r\t";
    private const string ShortEscapeLetters = "\"\\bfnrt";

    private static readonly RuleLibrary Library = new();

    private static readonly CodePointSet Escaped =
        CodePointSet.FromRanges([(0, 0x1F), ('"', '"'), ('\\', '\\')]);

    private static readonly Grammar AnyOnceWritten = WriteOnce(CodePointSet.All);

    /// <summary>A character of a string in any of its spellings; escaped surrogates in pairs only, so that the string is well-formed.</summary>
    public static Grammar Character { get; } = Shared("string character", Grammar.Choice(
        new CharactersGrammar(Escaped.Complement()),
        RegexGrammar.Whole("""\\["\\/bfnrt]|\\u([0-9a-cA-Ce-fE-F][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})"""),
        RegexGrammar.Whole("""\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}""")));

    public static Grammar WhiteSpace { get; } = Shared("white space", Grammar.Choice(
        Grammar.Empty, Grammar.Literal(" "), RegexGrammar.Whole($$"""\n{1,2}[ \t]{0,{{MaxIndentation}}}""")));

    public static Grammar String { get; } = Shared("string", Grammar.Sequence(
        Grammar.Literal("\""),
        Grammar.Repeat(((ReferenceGrammar)Character).Rule.Body),
        Grammar.Literal("\"")));

    public static Grammar Integer { get; } = Shared("integer", RegexGrammar.Whole("-?(0|[1-9][0-9]*)"));

    /// <summary>Exponents have two digits at most: three can leave the range of doubles, and readers then see infinity.</summary>
    public static Grammar Number { get; } = Shared("number", RegexGrammar.Whole(@"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?"));

    public static Grammar Boolean { get; } = Grammar.Choice(Grammar.Literal("true"), Grammar.Literal("false"));

    public static Grammar Null { get; } = Grammar.Literal("null");

    /// <summary>Any value.</summary>
    public static Grammar Value { get; }

    /// <summary>Any object.</summary>
    public static Grammar Object { get; }

    /// <summary>Any array.</summary>
    public static Grammar Array { get; }

    static JsonText()
    {
        var (value, obj, array) = (Library.Add("value"), Library.Add("object"), Library.Add("array"));
        (Value, Object, Array) = (Grammar.Reference(value), Grammar.Reference(obj), Grammar.Reference(array));
        var member = Grammar.Sequence(String, Colon, Value);
        obj.Body = Grammar.Sequence(Grammar.Literal("{"), WhiteSpace, Grammar.Choice(
            Grammar.Literal("}"), Grammar.Sequence(member, Grammar.Repeat(Grammar.Sequence(Comma, member)), WhiteSpace, Grammar.Literal("}"))));
        array.Body = Grammar.Sequence(Grammar.Literal("["), WhiteSpace, Grammar.Choice(
            Grammar.Literal("]"), Grammar.Sequence(Value, Grammar.Repeat(Grammar.Sequence(Comma, Value)), WhiteSpace, Grammar.Literal("]"))));
        value.Body = Grammar.Choice(Object, Array, String, Number, Boolean, Null);
    }

    /// <summary>Between a property's name and its value.</summary>
    public static Grammar Colon => Grammar.Sequence(Grammar.Literal(":"), WhiteSpace);

    /// <summary>Between two elements.</summary>
    public static Grammar Comma => Grammar.Sequence(Grammar.Literal(","), WhiteSpace);

    /// <summary>A character out of the set, written as a string has it in the one way that is chosen.</summary>
    public static Grammar OnceWritten(CodePointSet set) => ReferenceEquals(set, CodePointSet.All) ? AnyOnceWritten : WriteOnce(set);

    /// <summary>A string with its quotes, written in the one way that is chosen.</summary>
    public static Grammar StringLiteral(string value) => Grammar.Literal(Quote(value));

    /// <summary>The text of such a string.</summary>
    public static string Quote(string value)
    {
        StringBuilder text = new("\"");
        AppendEscaped(text, value);
        return text.Append('"').ToString();
    }

    /// <summary>Adds characters as such a string has them between its quotes.</summary>
    public static void AppendEscaped(StringBuilder text, ReadOnlySpan<char> value)
    {
        foreach (var c in value)
        {
            _ = Escape(c) is { } escaped ? text.Append(escaped) : text.Append(c);
        }
    }

    private static Grammar WriteOnce(CodePointSet set)
    {
        List<Grammar> ways = [new CharactersGrammar(set.Intersect(Escaped.Complement()))];
        foreach (var (first, last) in set.Intersect(Escaped).Ranges)
        {
            ways.AddRange(Enumerable.Range(first, last - first + 1).Select(c => Grammar.Literal(Escape((char)c)!)));
        }

        return Grammar.Choice(ways);
    }

    /// <summary>How a character is escaped; null where it stands for itself.</summary>
    private static string? Escape(char c) =>
        ShortEscapes.IndexOf(c, StringComparison.Ordinal) is >= 0 and var index ? "\\" + ShortEscapeLetters[index]
        : c < ' ' ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")
        : null;

    private static Grammar Shared(string name, Grammar body)
    {
        var rule = Library.Add(name);
        rule.Body = body;
        return Grammar.Reference(rule);
    }
}
