using Gateway.Engine.Constraints.Expressions;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Numbers between bounds, written without an exponent: what is compared are digits.</summary>
internal static class NumberGrammar
{
    private static readonly Grammar Digit = Between('0', '9');
    private static readonly Grammar Digits = Grammar.Repeat(Digit);
    private static readonly Grammar Point = Grammar.Literal(".");
    private static readonly Grammar AnyFraction = Grammar.Optional(Grammar.Sequence(Point, Grammar.Repeat(Digit, 1)));
    private static readonly Grammar Zeros = Grammar.Repeat(Grammar.Literal("0"));

    /// <summary>Null where no number lies between.</summary>
    /// <param name="bounds">Bounds that hold.</param>
    /// <param name="isInteger">No decimal point.</param>
    public static Grammar? Of(NumberBounds bounds, bool isInteger)
    {
        if (bounds.IsOpen)
        {
            return isInteger ? JsonText.Integer : JsonText.Number;
        }

        bounds = isInteger ? bounds.ToIntegers() : bounds;
        if (bounds.IsEmpty)
        {
            return null;
        }

        List<Grammar> ways = [];
        if (bounds.Upper is not { } upper || upper.Sign > 0 || (upper.Sign == 0 && !bounds.IsUpperExclusive))
        {
            var lower = bounds.Lower is { Sign: >= 0 } least ? least : DecimalNumber.Zero;
            ways.Add(Magnitude(lower, bounds.Lower is { Sign: >= 0 } && bounds.IsLowerExclusive, bounds.Upper, bounds.IsUpperExclusive, isInteger));
        }

        if (bounds.Lower is not { Sign: >= 0 })
        {
            var isBelowZero = bounds.Upper is { Sign: < 0 };
            var lower = isBelowZero ? bounds.Upper!.Value.Negate() : DecimalNumber.Zero;
            ways.Add(Grammar.Sequence(
                Grammar.Literal("-"),
                Magnitude(lower, !isBelowZero || bounds.IsUpperExclusive, bounds.Lower?.Negate(), bounds.IsLowerExclusive, isInteger)));
        }

        return Grammar.Choice(ways);
    }

    private static Grammar Magnitude(DecimalNumber lower, bool isLowerExclusive, DecimalNumber? upper, bool isUpperExclusive, bool isInteger)
    {
        var fraction = isInteger ? Grammar.Empty : AnyFraction;
        var atLeast = AtLeast(lower, isLowerExclusive, fraction, isInteger);
        return upper is { } most ? new IntersectionGrammar(atLeast, AtMost(most, isUpperExclusive, fraction, isInteger)) : atLeast;
    }

    private static Grammar AtLeast(DecimalNumber bound, bool isExclusive, Grammar fraction, bool isInteger)
    {
        var (whole, behind) = bound.Digits();
        List<Grammar> ways = [Grammar.Sequence(Between('1', '9'), Grammar.Repeat(Digit, whole.Length), fraction)];
        for (var i = 0; i < whole.Length; i++)
        {
            AddGreater(ways, whole[..i], whole[i], Grammar.Sequence(Grammar.Repeat(Digit, whole.Length - i - 1, whole.Length - i - 1), fraction));
        }

        if (isInteger)
        {
            ways.AddRange(isExclusive ? [] : [Grammar.Literal(whole)]);
            return Grammar.Choice(ways);
        }

        for (var i = 0; i < behind.Length; i++)
        {
            AddGreater(ways, $"{whole}.{behind[..i]}", behind[i], Digits);
        }

        var more = Grammar.Sequence(Zeros, Between('1', '9'), Digits);
        ways.Add((behind.Length > 0, isExclusive) switch
        {
            (true, true) => Grammar.Sequence(Grammar.Literal($"{whole}.{behind}"), more),
            (true, false) => Grammar.Sequence(Grammar.Literal($"{whole}.{behind}"), Digits),
            (false, true) => Grammar.Sequence(Grammar.Literal($"{whole}."), more),
            (false, false) => Grammar.Sequence(Grammar.Literal(whole), AnyFraction),
        });
        return Grammar.Choice(ways);
    }

    private static Grammar AtMost(DecimalNumber bound, bool isExclusive, Grammar fraction, bool isInteger)
    {
        var (whole, behind) = bound.Digits();
        List<Grammar> ways = [];
        if (whole.Length > 1)
        {
            ways.Add(Grammar.Sequence(
                Grammar.Choice(Grammar.Literal("0"), Grammar.Sequence(Between('1', '9'), Grammar.Repeat(Digit, 0, whole.Length - 2))), fraction));
        }

        for (var i = 0; i < whole.Length; i++)
        {
            var least = i == 0 && whole.Length > 1 ? '1' : '0';
            AddLess(ways, whole[..i], whole[i], Grammar.Sequence(Grammar.Repeat(Digit, whole.Length - i - 1, whole.Length - i - 1), fraction), least);
        }

        if (isInteger)
        {
            ways.AddRange(isExclusive ? [] : [Grammar.Literal(whole)]);
            return Grammar.Choice(ways);
        }

        for (var i = 0; i < behind.Length; i++)
        {
            // What ends here lies below: the bound has more digits, the last of them no zero.
            ways.Add(Grammar.Literal(i == 0 ? whole : $"{whole}.{behind[..i]}"));
            AddLess(ways, $"{whole}.{behind[..i]}", behind[i], Digits);
        }

        if (!isExclusive)
        {
            ways.Add(behind.Length > 0
                ? Grammar.Sequence(Grammar.Literal($"{whole}.{behind}"), Zeros)
                : Grammar.Sequence(Grammar.Literal(whole), Grammar.Optional(Grammar.Sequence(Grammar.Literal(".0"), Zeros))));
        }

        return Grammar.Choice(ways.Count > 0 ? ways : [Grammar.Nothing]);
    }

    private static void AddGreater(List<Grammar> ways, string before, char digit, Grammar after)
    {
        if (digit < '9')
        {
            ways.Add(Grammar.Sequence(Grammar.Literal(before), Between((char)(digit + 1), '9'), after));
        }
    }

    private static void AddLess(List<Grammar> ways, string before, char digit, Grammar after, char least = '0')
    {
        if (digit > least)
        {
            ways.Add(Grammar.Sequence(Grammar.Literal(before), Between(least, (char)(digit - 1)), after));
        }
    }

    private static CharactersGrammar Between(char first, char last) => new(CodePointSet.Range(first, last));
}
