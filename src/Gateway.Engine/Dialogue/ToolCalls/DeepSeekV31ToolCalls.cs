using Gateway.Engine.Constraints;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>DeepSeek-V3.1: <c>&lt;｜tool▁call▁begin｜&gt;NAME&lt;｜tool▁sep｜&gt;{…}&lt;｜tool▁call▁end｜&gt;</c>, one call right behind the other.</summary>
internal sealed class DeepSeekV31ToolCalls(ToolCallMarks marks) : DeepSeekToolCalls(marks)
{
    public override IReadOnlyList<string> Tail { get; } = [marks.Spell(CallEnd)];

    protected override string BetweenCalls => "";

    public override CallHead ReadHead(string text, IReadOnlySet<string> names)
    {
        HeadCursor cursor = new(text);
        if (!TakeCallBegin(ref cursor))
        {
            return CallHead.Unless(cursor.IsShort);
        }

        cursor.SkipWhiteSpace();
        if (cursor.TakeName(names) is not { } name)
        {
            return CallHead.Unless(cursor.IsShort);
        }

        cursor.SkipWhiteSpace();
        if (!cursor.Take(Marks.Spell(Separator)))
        {
            return CallHead.Unless(cursor.IsShort);
        }

        cursor.SkipWhiteSpace();
        if (cursor.IsAt("{"))
        {
            return new CallHead(CallHeadOutcome.Call, name, cursor.Position);
        }

        return cursor.IsAt(Marks.Spell(CallEnd)) ? new CallHead(CallHeadOutcome.WholeCall, name, cursor.Position, "{}") : CallHead.Unless(cursor.IsShort);
    }

    protected override Grammar Write(ToolFunction function) =>
        Grammar.Sequence(Grammar.Literal(function.Name), Marks.Grammar(Separator), function.Arguments.Json);
}
