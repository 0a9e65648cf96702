using Gateway.Engine.Constraints.Expressions;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>
/// How a form of calls writes an object as named parameters: <see cref="Begin"/>, the name, <see cref="TextBegin"/> and a string as it is, or
/// <see cref="JsonBegin"/> and any other value as JSON, then <see cref="End"/>. Nothing is escaped, so names and strings cannot hold what ends them.
/// </summary>
internal sealed class ParameterSyntax
{
    private const int LastControl = 0x1F;

    /// <summary>Before a name.</summary>
    public required Grammar Begin { get; init; }

    /// <summary>Between the name and a string.</summary>
    public required string TextBegin { get; init; }

    /// <summary>Between the name and any other value.</summary>
    public required string JsonBegin { get; init; }

    /// <summary>Behind a value.</summary>
    public required Grammar End { get; init; }

    /// <summary>What stands in the place of parameters where there are none.</summary>
    public required Grammar None { get; init; }

    /// <summary>The text that only tags have; null where a token is in its place, which no name or string can hold.</summary>
    public required string? Mark { get; init; }

    /// <summary>
    /// A string as it is. Where tags are text, no string begins their mark: to count characters and to look for marks at once takes too many
    /// states.
    /// </summary>
    public StringSyntax Strings => field ??= StringSyntax.Plain(Mark is null ? CodePointSet.All : CodePointSet.Of(Mark[0]).Complement());

    /// <summary>A name that no schema declares.</summary>
    public Grammar FurtherName => field ??= Grammar.Repeat(
        new CharactersGrammar(Strings.Characters.Intersect(CodePointSet.FromRanges([(0, LastControl), ('"', '"')]).Complement())), min: 1);

    /// <summary>Whether a reader finds the end of this name.</summary>
    public bool CanName(string name) =>
        CanHold(name) && !name.Contains(TextBegin, StringComparison.Ordinal) && !name.Contains(JsonBegin, StringComparison.Ordinal);

    /// <summary>Whether a reader finds the end of this string.</summary>
    public bool CanHold(string text) => Mark is null || !text.Contains(Mark, StringComparison.Ordinal);
}
