namespace Gateway.Policies.Validation;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
internal static class Suggestion
{
    /// <summary>Longer names are not worth a guess, and the work grows with the square of the length.</summary>
    private const int MaxLength = 128;

    /// <summary>
    /// The known name nearest to the text by optimal string alignment distance, case aside; null when none is within a
    /// third of its length, or within one edit for short names.
    /// </summary>
    public static string? Closest(string text, IEnumerable<string> known)
    {
        if (text.Length > MaxLength)
        {
            return null;
        }

        var limit = Math.Max(1, text.Length / 3);
        string? best = null;
        foreach (var name in known)
        {
            if (name.Length > MaxLength || Math.Abs(name.Length - text.Length) > limit)
            {
                continue;
            }

            var distance = Distance(text, name);
            if (distance <= limit)
            {
                best = name;
                limit = distance - 1;
            }
        }

        return best;
    }

    private static int Distance(string left, string right)
    {
        Span<int> beforeLast = stackalloc int[right.Length + 1];
        Span<int> last = stackalloc int[right.Length + 1];
        Span<int> current = stackalloc int[right.Length + 1];
        for (var column = 0; column <= right.Length; column++)
        {
            current[column] = column;
        }

        for (var row = 1; row <= left.Length; row++)
        {
            var oldest = beforeLast;
            beforeLast = last;
            last = current;
            current = oldest;
            current[0] = row;
            for (var column = 1; column <= right.Length; column++)
            {
                var same = Same(left[row - 1], right[column - 1]);
                var edits = Math.Min(Math.Min(last[column], current[column - 1]) + 1, last[column - 1] + (same ? 0 : 1));
                var swapped = row > 1 && column > 1 && Same(left[row - 1], right[column - 2]) && Same(left[row - 2], right[column - 1]);
                current[column] = swapped ? Math.Min(edits, beforeLast[column - 2] + 1) : edits;
            }
        }

        return current[right.Length];
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
