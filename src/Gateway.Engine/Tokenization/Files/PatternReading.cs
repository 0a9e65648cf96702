using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Tokenization.Files;

/// <summary>Reads <c>{"Regex": "…"}</c> and <c>{"String": "…"}</c>.</summary>
internal static class PatternReading
{
    public static Pattern Read(JsonCursor cursor)
    {
        if (cursor.TryGet("String", out var literal))
        {
            return literal.AsString() is { Length: > 0 } text ? Parse(literal, Escape(text)) : throw literal.Error("must not be empty.");
        }

        var expression = cursor.Required("Regex");
        return Parse(expression, expression.AsString());
    }

    private static Pattern Parse(JsonCursor cursor, string expression)
    {
        try
        {
            return Pattern.Parse(expression);
        }
        catch (PatternSyntaxException e)
        {
            throw cursor.Error($"the regular expression cannot be used: {e.Message}", e);
        }
    }

    private static string Escape(string literal) =>
        string.Concat(literal.EnumerateRunes().Select(rune => $@"\x{{{rune.Value:X}}}"));
}
