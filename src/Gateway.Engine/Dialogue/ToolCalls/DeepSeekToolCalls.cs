namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>What the formats of DeepSeek's models have in common: a list in marks, with a mark around each call.</summary>
internal abstract class DeepSeekToolCalls : ToolCallFormat
{
    public const string CallBegin = "<｜tool▁call▁begin｜>";
    protected const string ListBegin = "<｜tool▁calls▁begin｜>";
    protected const string Separator = "<｜tool▁sep｜>";
    protected const string CallEnd = "<｜tool▁call▁end｜>";
    private const string ListEndMark = "<｜tool▁calls▁end｜>";

    protected DeepSeekToolCalls(ToolCallMarks marks)
        : base(marks)
    {
        Openings = [marks.Spell(ListBegin), marks.Spell(CallBegin)];
        ListEnd = marks.Spell(ListEndMark);
    }

    public static IReadOnlyList<string> AllMarks { get; } = [ListBegin, CallBegin, Separator, CallEnd, ListEndMark];

    public override string ListEnd { get; }

    protected override IReadOnlyList<string> Openings { get; }

    /// <summary>Reads over the marks that open a call. R1 leaves the one of the list out now and then.</summary>
    protected bool TakeCallBegin(ref HeadCursor cursor)
    {
        if (cursor.Take(Marks.Spell(ListBegin)))
        {
            cursor.SkipWhiteSpace();
        }

        return cursor.Take(Marks.Spell(CallBegin));
    }
}
