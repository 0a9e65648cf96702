using Gateway.Engine.Constraints;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>
/// DeepSeek-V3, R1 and the distills of R1, as their chat templates write it:
/// <c>&lt;｜tool▁call▁begin｜&gt;function&lt;｜tool▁sep｜&gt;NAME</c>, a line, <c>```json</c>, a line, the arguments, a line, <c>```&lt;｜tool▁call▁end｜&gt;</c>.
/// </summary>
internal sealed class DeepSeekV3ToolCalls(ToolCallMarks marks) : DeepSeekToolCalls(marks)
{
    private const string Fence = "```";
    private const string Language = "json";

    /// <summary>As long as the word before the separator may be; templates write the tool's <c>type</c>, <c>function</c>.</summary>
    private const int LongestType = 32;

    public override IReadOnlyList<string> Tail { get; } = [Fence, marks.Spell(CallEnd)];

    protected override string BetweenCalls => "\n";

    public override CallHead ReadHead(string text, IReadOnlySet<string> names)
    {
        HeadCursor cursor = new(text);
        if (!TakeCallBegin(ref cursor) || !cursor.SkipPast(Marks.Spell(Separator), LongestType))
        {
            return CallHead.Unless(cursor.IsShort);
        }

        cursor.SkipWhiteSpace();
        if (cursor.TakeName(names) is not { } name)
        {
            return CallHead.Unless(cursor.IsShort);
        }

        cursor.SkipWhiteSpace();
        _ = cursor.Take(Fence);
        _ = cursor.Take(Language);
        cursor.SkipWhiteSpace();
        if (cursor.IsAt("{"))
        {
            return new CallHead(CallHeadOutcome.Call, name, cursor.Position);
        }

        // A function without parameters is called with an empty fence now and then.
        return cursor.IsAt(Fence) || cursor.IsAt(Marks.Spell(CallEnd))
            ? new CallHead(CallHeadOutcome.WholeCall, name, cursor.Position, "{}")
            : CallHead.Unless(cursor.IsShort);
    }

    protected override Grammar Write(ToolFunction function) => Grammar.Sequence(
        Grammar.Literal("function"),
        Marks.Grammar(Separator),
        Grammar.Literal($"{function.Name}\n{Fence}{Language}\n"),
        function.Arguments.Json,
        Grammar.Literal($"\n{Fence}"));
}
