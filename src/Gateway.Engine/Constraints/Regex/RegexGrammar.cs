using Gateway.Engine.Constraints.Expressions;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.Regex;

/// <summary>Turns regular expressions into grammars.</summary>
internal static class RegexGrammar
{
    /// <summary>Texts that match as a whole.</summary>
    /// <exception cref="GrammarException">The expression is malformed, or uses what is not supported.</exception>
    public static Grammar Whole(string pattern) => Whole(pattern, set => new CharactersGrammar(set));

    /// <summary>Texts that match as a whole.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="characters">How a character of the text is written.</param>
    /// <exception cref="GrammarException">The expression is malformed, or uses what is not supported.</exception>
    public static Grammar Whole(string pattern, Func<CodePointSet, Grammar> characters) =>
        Grammar.Choice([.. Branches(pattern).Select(branch => Convert(branch.Body, characters))]);

    /// <summary>Texts in which the expression matches somewhere, as JSON schema's <c>pattern</c> has it.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="characters">How a character of the text is written.</param>
    /// <exception cref="GrammarException">The expression is malformed, or uses what is not supported.</exception>
    public static Grammar Search(string pattern, Func<CodePointSet, Grammar> characters)
    {
        var any = Grammar.Repeat(characters(CodePointSet.All));
        return Grammar.Choice([.. Branches(pattern).Select(branch => Grammar.Sequence(
            branch.IsAtStart ? Grammar.Empty : any, Convert(branch.Body, characters), branch.IsAtEnd ? Grammar.Empty : any))]);
    }

    private static List<AnchoredBranch> Branches(string pattern)
    {
        try
        {
            return AnchoredBranch.Of(EcmaParser.Parse(pattern));
        }
        catch (PatternSyntaxException exception)
        {
            throw new GrammarException($"The regular expression cannot be used: {exception.Message}.");
        }
    }

    private static Grammar Convert(PatternNode node, Func<CodePointSet, Grammar> characters) => node switch
    {
        SetNode set => characters(set.Set),
        SequenceNode sequence => Grammar.Sequence([.. sequence.Items.Select(item => Convert(item, characters))]),
        AlternationNode alternation => Grammar.Choice([.. alternation.Alternatives.Select(item => Convert(item, characters))]),
        RepeatNode repeat => Grammar.Repeat(Convert(repeat.Body, characters), repeat.Min, repeat.Max),
        _ => throw new ArgumentOutOfRangeException(nameof(node), node, "A kind of node that the parser does not make."),
    };
}
