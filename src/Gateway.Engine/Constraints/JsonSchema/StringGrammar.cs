using Gateway.Engine.Constraints.Expressions;
using Gateway.Engine.Constraints.Regex;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Strings of a length, with patterns and formats.</summary>
internal static class StringGrammar
{
    /// <summary>Null where no string has such a length.</summary>
    /// <exception cref="JsonSchemaException">A pattern or format cannot be used.</exception>
    public static Grammar? Of(SchemaFacts facts, bool isStrict)
    {
        var (min, max) = ((int)facts.MinLength, (int?)facts.MaxLength);
        if (min > max)
        {
            return null;
        }

        var contents = facts.Patterns.Select(pattern => Pattern(pattern.Source, pattern.Keyword, pattern.Text, isStrict)).OfType<Grammar>().ToList();
        var hasLength = min > 0 || max is not null;
        if (contents.Count == 0)
        {
            return hasLength ? Quoted(Grammar.Repeat(JsonText.Character, min, max)) : JsonText.String;
        }

        if (hasLength)
        {
            contents.Add(Grammar.Repeat(JsonText.OnceWritten(CodePointSet.All), min, max));
        }

        return Quoted(contents.Aggregate((left, right) => new IntersectionGrammar(left, right)));
    }

    private static Grammar? Pattern(SchemaSource source, string keyword, string text, bool isStrict)
    {
        try
        {
            if (keyword == "pattern")
            {
                return RegexGrammar.Search(text, JsonText.OnceWritten);
            }

            return StringFormats.Find(text) is { } expression ? RegexGrammar.Whole(expression, JsonText.OnceWritten)
                : isStrict ? throw source.Error(keyword, $"'{text}' is not known; known are {StringFormats.Known}.")
                : null;
        }
        catch (GrammarException exception) when (exception is not JsonSchemaException)
        {
            return isStrict ? throw source.Error(keyword, exception.Message) : null;
        }
    }

    private static Grammar Quoted(Grammar content) => Grammar.Sequence(Grammar.Literal("\""), content, Grammar.Literal("\""));
}
