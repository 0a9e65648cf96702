using Gateway.Engine.Constraints.Expressions;
using Gateway.Engine.Constraints.Regex;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Strings of a length, with patterns and formats.</summary>
internal static class StringGrammar
{
    /// <summary>Null where no string has such a length.</summary>
    /// <param name="facts">What the schema says.</param>
    /// <param name="syntax">How strings are written.</param>
    /// <param name="isStrict">Whether all of it has to be enforced.</param>
    /// <exception cref="JsonSchemaException">A pattern or format cannot be used.</exception>
    public static Grammar? Of(SchemaFacts facts, StringSyntax syntax, bool isStrict)
    {
        var (min, max) = ((int)facts.MinLength, (int?)facts.MaxLength);
        if (min > max)
        {
            return null;
        }

        var contents = facts.Patterns.Select(pattern => Pattern(pattern.Source, pattern.Keyword, pattern.Text, syntax, isStrict)).OfType<Grammar>().ToList();
        var hasLength = min > 0 || max is not null;
        if (contents.Count == 0)
        {
            return hasLength ? syntax.Enclose(Grammar.Repeat(syntax.Character, min, max)) : syntax.Any;
        }

        if (hasLength)
        {
            contents.Add(Grammar.Repeat(syntax.Write(CodePointSet.All), min, max));
        }

        return syntax.Enclose(contents.Aggregate((left, right) => new IntersectionGrammar(left, right)));
    }

    private static Grammar? Pattern(SchemaSource source, string keyword, string text, StringSyntax syntax, bool isStrict)
    {
        try
        {
            if (keyword == "pattern")
            {
                return RegexGrammar.Search(text, syntax.Write);
            }

            return StringFormats.Find(text) is { } expression ? RegexGrammar.Whole(expression, syntax.Write)
                : isStrict ? throw source.Error(keyword, $"'{text}' is not known; known are {StringFormats.Known}.")
                : null;
        }
        catch (GrammarException exception) when (exception is not JsonSchemaException)
        {
            return isStrict ? throw source.Error(keyword, exception.Message) : null;
        }
    }
}
