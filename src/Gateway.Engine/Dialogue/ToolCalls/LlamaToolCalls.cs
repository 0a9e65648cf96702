using Gateway.Engine.Constraints;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>
/// Llama 3.1 to 3.3: the whole answer is one object, <c>{"name": …, "parameters": {…}}</c>, perhaps behind <c>&lt;|python_tag|&gt;</c>. Nothing but its
/// place at the start of the answer, and the name of a function that was offered, tells it from text.
/// </summary>
internal sealed class LlamaToolCalls(ToolCallMarks marks) : ToolCallFormat(marks)
{
    private const string PythonTag = "<|python_tag|>";

    public static IReadOnlyList<string> AllMarks { get; } = [PythonTag];

    public override IReadOnlyList<string> Tail { get; } = ["}"];

    public override bool IsParallel => false;

    protected override IReadOnlyList<string> Openings { get; } = [marks.Spell(PythonTag)];

    public override (int At, int Length)? FindOpening(string text, bool isStart)
    {
        var start = text.Length - text.AsSpan().TrimStart().Length;
        return isStart && start < text.Length && text[start] == '{' ? (start, 1) : base.FindOpening(text, isStart);
    }

    public override CallHead ReadHead(string text, IReadOnlySet<string> names)
    {
        HeadCursor cursor = new(text);
        _ = cursor.Take(Marks.Spell(PythonTag));
        cursor.SkipWhiteSpace();
        var head = JsonCallHead.Read(cursor, names);
        return head.Outcome == CallHeadOutcome.NoCall && cursor.Rest.IsEmpty ? CallHead.NeedsMore : head;
    }

    public override Grammar Calls(IReadOnlyList<ToolFunction> functions, bool isParallel) => Grammar.Sequence(
        Grammar.Literal("{\"name\": \""),
        AnyOf(functions, function => Grammar.Sequence(Grammar.Literal($"{function.Name}\", \"parameters\": "), function.Arguments.Json)),
        Grammar.Literal("}"));

    /// <summary>Only what begins like a call is held to be one.</summary>
    public override Grammar TextWithCalls(IReadOnlyList<ToolFunction> functions, bool isParallel) =>
        Grammar.Choice(Calls(functions, isParallel), Grammar.Empty, Grammar.FromRegex(@"[^{\s][\s\S]*"));
}
