using System.Text;
using System.Text.Json;
using Gateway.Engine.Constraints.Expressions;
using Gateway.Engine.Constraints.JsonSchema;
using Gateway.Engine.Constraints.Regex;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints;

/// <summary>
/// A set of answers: an immutable tree of expressions over characters and control tokens, which <see cref="TokenConstraint"/> holds an
/// answer to. Whatever is built here is well-formed UTF-8. Expressions may be shared: where one is used twice, it is compiled once.
/// </summary>
/// <remarks>
/// Regular parts become a deterministic automaton, references to <see cref="GrammarRule"/>s a stack of them. Text between rules is not
/// skipped: white space is there only where an expression allows it.
/// </remarks>
public abstract class Grammar
{
    private protected Grammar()
    {
    }

    /// <summary>The empty text alone.</summary>
    public static Grammar Empty { get; } = new SequenceGrammar([]);

    /// <summary>Any text, the empty one included; no control tokens.</summary>
    public static Grammar AnyText { get; } = new RepeatGrammar(new CharactersGrammar(CodePointSet.All), 0, null);

    /// <summary>
    /// What models put between the parts of JSON: nothing, a space, or one or two line feeds and up to 64 spaces or tabs. For use in
    /// front of a JSON grammar: those of <see cref="FromJsonSchema"/> begin with the document itself.
    /// </summary>
    public static Grammar WhiteSpace => JsonText.WhiteSpace;

    /// <summary>Any JSON object (RFC 8259), with the white space of <see cref="WhiteSpace"/> inside and none around it.</summary>
    public static Grammar AnyJsonObject => JsonText.Object;

    /// <summary>Exactly this text.</summary>
    /// <exception cref="GrammarException">It holds a surrogate without its partner.</exception>
    public static Grammar Literal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return text.Length == 0 ? Empty : new LiteralGrammar(StrictUtf8.GetBytes(text));
        }
        catch (EncoderFallbackException)
        {
            throw new GrammarException("A literal holds a surrogate without its partner; it must be well-formed Unicode.");
        }
    }

    /// <summary>The parts one after the other.</summary>
    public static Grammar Sequence(params IReadOnlyList<Grammar> parts) => parts.Count == 1 ? parts[0] : new SequenceGrammar([.. parts]);

    /// <summary>One of the alternatives, at least one of which must be given; their order does not matter.</summary>
    public static Grammar Choice(params IReadOnlyList<Grammar> alternatives)
    {
        ArgumentOutOfRangeException.ThrowIfZero(alternatives.Count);
        return alternatives.Count == 1 ? alternatives[0] : new ChoiceGrammar([.. alternatives]);
    }

    /// <summary>The body or nothing.</summary>
    public static Grammar Optional(Grammar body) => new ChoiceGrammar([Empty, body]);

    /// <summary>The body so many times in a row.</summary>
    /// <param name="body">What is repeated.</param>
    /// <param name="min">At least so often: 0 or more.</param>
    /// <param name="max">At most so often, <paramref name="min"/> or more; null for any number.</param>
    public static Grammar Repeat(Grammar body, int min = 0, int? max = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(min);
        ArgumentOutOfRangeException.ThrowIfLessThan(max ?? min, min);
        return (min, max) == (1, 1) ? body : new RepeatGrammar(body, min, max);
    }

    /// <summary>What the rule is defined as. A rule may refer to itself, but not before it has taken a character or token.</summary>
    public static Grammar Reference(GrammarRule rule) => new ReferenceGrammar(rule);

    /// <summary>One token by its id: the way to a control token, which text never is.</summary>
    /// <param name="id">0 or more; ids that the model does not have are refused with the request.</param>
    public static Grammar Token(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        return new TokenGrammar(id);
    }

    /// <summary>Any text in which none of the marks occurs, not even in part with what follows inside the text itself.</summary>
    /// <param name="marks">At least one, none of them empty.</param>
    public static Grammar TextWithout(params IReadOnlyList<string> marks)
    {
        ArgumentOutOfRangeException.ThrowIfZero(marks.Count);
        return new DifferenceGrammar(AnyText, Sequence(AnyText, Choice([.. marks.Select(Literal)]), AnyText));
    }

    /// <summary>The texts that a regular expression matches as a whole.</summary>
    /// <param name="pattern">
    /// The subset of ECMA-262 (with its <c>u</c> flag) that has regular languages: classes, escapes, groups, alternation, repetition.
    /// Anchors at either end say nothing new here. Back references, look-around and word boundaries are refused by name.
    /// </param>
    /// <exception cref="GrammarException">The expression is malformed, or uses what is refused; says where.</exception>
    public static Grammar FromRegex(string pattern) => RegexGrammar.Whole(pattern);

    /// <summary>The JSON documents that a schema allows.</summary>
    /// <param name="schema">JSON Schema, draft 2020-12, with OpenAPI's <c>nullable</c>; see docs/features/structured-outputs.md.</param>
    /// <param name="isStrict">
    /// False: assertions that cannot be enforced while generating are left out instead of refused; the document has the schema's shape all
    /// the same.
    /// </param>
    /// <exception cref="JsonSchemaException">Names the JSON pointer and the keyword that is malformed, contradictory or not supported.</exception>
    public static Grammar FromJsonSchema(JsonElement schema, bool isStrict = true) => SchemaGrammar.Build(schema, isStrict);

    /// <summary>Not even the empty text.</summary>
    internal static Grammar Nothing { get; } = new CharactersGrammar(CodePointSet.Empty);

    private static UTF8Encoding StrictUtf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
