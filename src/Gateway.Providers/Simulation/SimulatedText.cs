using System.Globalization;

namespace Gateway.Providers.Simulation;

/// <summary>What simulated models say: numbered words, so that a gap, a repetition or a wrong end shows.</summary>
public static class SimulatedText
{
    /// <summary>The text of an answer.</summary>
    public static string Whole(int tokens) => string.Concat(Enumerable.Range(0, tokens).Select(Token));

    /// <summary>One token of it, counted from 0.</summary>
    public static string Token(int index) => string.Create(CultureInfo.InvariantCulture, $"{(index == 0 ? "" : " ")}w{index + 1}");

    /// <summary>How many tokens a beginning of the text has; the number of those that fit when it is none.</summary>
    public static int Count(ReadOnlySpan<char> beginning)
    {
        var count = 0;
        while (beginning.Length > 0 && Token(count) is var token && beginning.StartsWith(token))
        {
            beginning = beginning[token.Length..];
            count++;
        }

        return count;
    }
}
