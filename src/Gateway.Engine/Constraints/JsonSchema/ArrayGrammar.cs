namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Arrays: elements that are described one by one, then any number of one kind.</summary>
/// <param name="compile">What all of some schemas describe together; null where that is nothing.</param>
internal sealed class ArrayGrammar(Func<IReadOnlyList<SchemaSource>, Grammar?> compile)
{
    private static readonly Grammar Open = Grammar.Sequence(Grammar.Literal("["), JsonText.WhiteSpace);
    private static readonly Grammar Close = Grammar.Literal("]");
    private static readonly Grammar CloseBehindElement = Grammar.Sequence(JsonText.WhiteSpace, Close);

    /// <summary>Null where no array can be all that.</summary>
    public Grammar? Of(SchemaFacts facts)
    {
        var (min, max) = ((int)facts.MinItems, (int?)facts.MaxItems);
        List<Grammar> prefix = [];
        var longest = facts.Arrays.Select(part => part.Prefix.Count).DefaultIfEmpty().Max();
        while (prefix.Count < longest && (max is null || prefix.Count < max))
        {
            if (Element(facts, prefix.Count) is not { } element)
            {
                max = prefix.Count;
                break;
            }

            prefix.Add(element);
        }

        var rest = max is null || max > prefix.Count ? Element(facts, longest) : null;
        max = rest is null ? prefix.Count : max;
        if (min > max)
        {
            return null;
        }

        if (prefix.Count == 0 && rest is not null)
        {
            prefix.Add(rest);
        }

        return Grammar.Sequence(Open, Elements(prefix, rest, min, max));
    }

    private static Grammar Elements(List<Grammar> prefix, Grammar? rest, int min, int? max)
    {
        if (prefix.Count == 0)
        {
            return Close;
        }

        var behind = rest is null || max == prefix.Count
            ? CloseBehindElement
            : Grammar.Sequence(
                Grammar.Repeat(Grammar.Sequence(JsonText.Comma, rest), Math.Max(0, min - prefix.Count), max - prefix.Count), CloseBehindElement);
        for (var i = prefix.Count - 1; i > 0; i--)
        {
            var next = Grammar.Sequence(JsonText.Comma, prefix[i], behind);
            behind = i >= min ? Grammar.Choice(CloseBehindElement, next) : next;
        }

        var first = Grammar.Sequence(prefix[0], behind);
        return min == 0 ? Grammar.Choice(Close, first) : first;
    }

    private Grammar? Element(SchemaFacts facts, int index) => compile([.. facts.Arrays.Select(part => part.Of(index)).OfType<SchemaSource>()]);
}
