using Gateway.Engine.Constraints;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>How a family of models writes calls of functions into its answers.</summary>
internal abstract class ToolCallFormat(ToolCallMarks marks)
{
    public ToolCallMarks Marks => marks;

    /// <summary>What may begin a call, as it is spelled in an answer.</summary>
    protected abstract IReadOnlyList<string> Openings { get; }

    /// <summary>
    /// What may stand behind the arguments of a call, each at most once and in this order, with white space before it; it belongs to the call.
    /// </summary>
    public abstract IReadOnlyList<string> Tail { get; }

    /// <summary>What closes a list of calls, as it is spelled in an answer; null when the format has no lists.</summary>
    public virtual string? ListEnd => null;

    /// <summary>Whether one answer may hold several calls.</summary>
    public virtual bool IsParallel => true;

    /// <summary>The first opening in a text: where it stands, and how long it is; null when there is none.</summary>
    /// <param name="text">Text of an answer.</param>
    /// <param name="isStart">Whether the answer begins with it.</param>
    public virtual (int At, int Length)? FindOpening(string text, bool isStart)
    {
        (int At, int Length)? first = null;
        foreach (var opening in Openings)
        {
            var at = text.IndexOf(opening, StringComparison.Ordinal);
            if (at >= 0 && (first is null || at < first.Value.At))
            {
                first = (at, opening.Length);
            }
        }

        return first;
    }

    /// <summary>Whether a text begins with a mark that opens a call.</summary>
    public bool BeginsWithMark(string text) => Openings.Any(opening => text.StartsWith(opening, StringComparison.Ordinal));

    /// <summary>How many characters at the end of a text may be the beginning of a mark that matters outside of calls.</summary>
    public int LengthOfBeginning(string text)
    {
        var longest = ToolCallMarks.LengthOfBeginning(text, ListEnd ?? "");
        foreach (var opening in Openings)
        {
            longest = Math.Max(longest, ToolCallMarks.LengthOfBeginning(text, opening));
        }

        return longest;
    }

    /// <summary>Reads the beginning of a call.</summary>
    /// <param name="text">Text of an answer, from the opening on; perhaps not all of it has come.</param>
    /// <param name="names">The functions that may be called.</param>
    public abstract CallHead ReadHead(string text, IReadOnlySet<string> names);

    /// <summary>Reads the arguments of one call, from where <see cref="ReadHead"/> stopped. JSON, unless the family has a form of its own.</summary>
    public virtual ArgumentReader CreateArgumentReader() => new JsonArgumentReader();

    /// <summary>Calls and nothing else.</summary>
    /// <param name="functions">The functions that may be called.</param>
    /// <param name="isParallel">Whether there may be more than one call.</param>
    public abstract Grammar Calls(IReadOnlyList<ToolFunction> functions, bool isParallel);

    /// <summary>Any text, and calls in it.</summary>
    /// <param name="functions">The functions that may be called.</param>
    /// <param name="isParallel">Whether there may be more than one call.</param>
    public abstract Grammar TextWithCalls(IReadOnlyList<ToolFunction> functions, bool isParallel);

    /// <summary>Text, calls, and text again.</summary>
    protected static Grammar Mixed(Grammar text, Grammar calls) => Grammar.Sequence(text, Grammar.Repeat(Grammar.Sequence(calls, text)));

    /// <summary>One of the functions' names and arguments, with what the format puts around them.</summary>
    protected static Grammar AnyOf(IReadOnlyList<ToolFunction> functions, Func<ToolFunction, Grammar> write) => Grammar.Choice([.. functions.Select(write)]);
}
