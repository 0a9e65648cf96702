using Gateway.Engine.Constraints;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>
/// Qwen2.5 and Qwen3, after NousResearch's Hermes: <c>&lt;tool_call&gt;</c>, a line, <c>{"name": …, "arguments": {…}}</c>, a line, <c>&lt;/tool_call&gt;</c>.
/// Also the format for models whose template knows no tools.
/// </summary>
internal sealed class HermesToolCalls(ToolCallMarks marks) : ToolCallFormat(marks)
{
    public const string CallBegin = "<tool_call>";
    public const string CallEnd = "</tool_call>";

    public static IReadOnlyList<string> AllMarks { get; } = [CallBegin, CallEnd];

    public override IReadOnlyList<string> Tail { get; } = ["}", marks.Spell(CallEnd)];

    protected override IReadOnlyList<string> Openings { get; } = [marks.Spell(CallBegin)];

    public override CallHead ReadHead(string text, IReadOnlySet<string> names)
    {
        HeadCursor cursor = new(text);
        if (!cursor.Take(Marks.Spell(CallBegin)))
        {
            return CallHead.Unless(cursor.IsShort);
        }

        cursor.SkipWhiteSpace();
        return JsonCallHead.Read(cursor, names);
    }

    public override Grammar Calls(IReadOnlyList<ToolFunction> functions, bool isParallel)
    {
        var call = Grammar.Sequence(
            Marks.Grammar(CallBegin),
            Grammar.Literal("\n{\"name\": \""),
            AnyOf(functions, function => Grammar.Sequence(Grammar.Literal($"{function.Name}\", \"arguments\": "), function.Arguments.Json)),
            Grammar.Literal("}\n"),
            Marks.Grammar(CallEnd));
        return isParallel ? Grammar.Sequence(call, Grammar.Repeat(Grammar.Sequence(Grammar.Literal("\n"), call))) : call;
    }

    public override Grammar TextWithCalls(IReadOnlyList<ToolFunction> functions, bool isParallel) =>
        Mixed(Marks.TextWithout([CallBegin]), Calls(functions, isParallel: false));
}
