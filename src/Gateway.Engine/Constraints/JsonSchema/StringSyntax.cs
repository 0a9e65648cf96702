using Gateway.Engine.Constraints.Expressions;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>How a string is written.</summary>
internal sealed class StringSyntax
{
    private readonly Grammar _quote;

    private StringSyntax(CodePointSet characters, Grammar quote, Grammar character, Func<CodePointSet, Grammar> write, Grammar any) =>
        (Characters, _quote, Character, Write, Any) = (characters, quote, character, write, any);

    /// <summary>As JSON has it.</summary>
    public static StringSyntax Json { get; } = new(CodePointSet.All, Grammar.Literal("\""), JsonText.Character, JsonText.OnceWritten, JsonText.String);

    /// <summary>The characters that a string may have.</summary>
    public CodePointSet Characters { get; }

    /// <summary>A character in any of its spellings.</summary>
    public Grammar Character { get; }

    /// <summary>A character out of a set, in one spelling: for expressions that are compared.</summary>
    public Func<CodePointSet, Grammar> Write { get; }

    /// <summary>Any string.</summary>
    public Grammar Any { get; }

    /// <summary>As it is.</summary>
    /// <param name="characters">What it may be made of.</param>
    public static StringSyntax Plain(CodePointSet characters)
    {
        var character = new CharactersGrammar(characters);
        return new StringSyntax(characters, Grammar.Empty, character, set => new CharactersGrammar(set.Intersect(characters)), Grammar.Repeat(character));
    }

    /// <summary>A string with this content.</summary>
    public Grammar Enclose(Grammar content) => Grammar.Sequence(_quote, content, _quote);
}
