using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.JsonSchema;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>
/// DeepSeek-V3.2 and V4: <c>&lt;｜DSML｜invoke name="NAME"&gt;</c>, a line for each parameter,
/// <c>&lt;｜DSML｜parameter name="…" string="true"&gt;text&lt;/｜DSML｜parameter&gt;</c>, or <c>string="false"</c> and JSON, and
/// <c>&lt;/｜DSML｜invoke&gt;</c>, in a list in tags of its own. The source is DeepSeek's encoder (<c>encoding/encoding_dsv32.py</c> beside the
/// weights of V3.2, and its successor for V4).
/// </summary>
internal sealed class DsmlToolCalls : ToolCallFormat
{
    /// <summary>The list of V3.2.</summary>
    public const string FunctionCalls = "function_calls";

    /// <summary>The list of V4.</summary>
    public const string ToolCalls = "tool_calls";

    private const string Dsml = "｜DSML｜";
    private const string CallBegin = $"<{Dsml}invoke name=\"";
    private const string HeadEnd = "\">";
    private const string CallEnd = $"</{Dsml}invoke>";
    private const string ParameterBegin = $"<{Dsml}parameter name=\"";
    private const string TextBegin = "\" string=\"true\">";
    private const string JsonBegin = "\" string=\"false\">";
    private const string ParameterEnd = $"</{Dsml}parameter>";

    private readonly string _listBegin;
    private readonly string _listEnd;
    private readonly DsmlTags _tags;
    private readonly ParameterSyntax _syntax;

    /// <param name="marks">Made of <see cref="AllMarks"/>.</param>
    /// <param name="list">The name of the list: <see cref="FunctionCalls"/> or <see cref="ToolCalls"/>.</param>
    public DsmlToolCalls(ToolCallMarks marks, string list)
        : base(marks)
    {
        (_listBegin, _listEnd) = (ListTag(list), $"</{Dsml}{list}>");
        Openings = [marks.Spell(_listBegin), marks.Spell(CallBegin)];
        ListEnd = marks.Spell(_listEnd);
        Tail = [marks.Spell(CallEnd)];
        _tags = new DsmlTags
        {
            ParameterBegin = marks.Spell(ParameterBegin),
            TextBegin = TextBegin,
            JsonBegin = JsonBegin,
            ParameterEnd = marks.Spell(ParameterEnd),
            CallEnd = marks.Spell(CallEnd),
        };
        _syntax = new ParameterSyntax
        {
            Begin = marks.Grammar(ParameterBegin),
            TextBegin = TextBegin,
            JsonBegin = JsonBegin,
            End = marks.Grammar(ParameterEnd + "\n"),
            None = Grammar.Optional(Grammar.Literal("\n")),
            Mark = marks.IsText(ParameterEnd) ? Dsml : null,
        };
    }

    /// <summary>All that is a token of its own in the vocabularies of these models: tags are spelled around it.</summary>
    public static IReadOnlyList<string> AllMarks { get; } = [Dsml];

    public override IReadOnlyList<string> Tail { get; }

    public override string ListEnd { get; }

    protected override IReadOnlyList<string> Openings { get; }

    /// <summary>What begins a list, as text.</summary>
    public static string ListTag(string list) => $"<{Dsml}{list}>";

    /// <summary>A call that stands outside of a list counts: the models leave its beginning out now and then.</summary>
    public override CallHead ReadHead(string text, IReadOnlySet<string> names)
    {
        HeadCursor cursor = new(text);
        if (cursor.Take(Openings[0]))
        {
            cursor.SkipWhiteSpace();
        }

        return cursor.Take(Openings[1]) && cursor.TakeName(names) is { } name && cursor.Take(HeadEnd)
            ? new CallHead(CallHeadOutcome.Call, name, cursor.Position)
            : CallHead.Unless(cursor.IsShort);
    }

    public override ArgumentReader CreateArgumentReader() => new DsmlArgumentReader(_tags);

    /// <summary>The blank line before the list is part of what the models were trained on.</summary>
    public override Grammar Calls(IReadOnlyList<ToolFunction> functions, bool isParallel)
    {
        var call = Grammar.Sequence(Marks.Grammar(CallBegin), AnyOf(functions, Write), Marks.Grammar(CallEnd + "\n"));
        return Grammar.Sequence(
            Grammar.Optional(Grammar.Literal("\n\n")), Marks.Grammar(_listBegin + "\n"), isParallel ? Grammar.Repeat(call, 1) : call, Marks.Grammar(_listEnd));
    }

    public override Grammar TextWithCalls(IReadOnlyList<ToolFunction> functions, bool isParallel) =>
        Mixed(Marks.TextWithout([_listBegin, CallBegin]), Calls(functions, isParallel));

    /// <exception cref="ChatMessageException">A parameter that has to be there cannot be written in this form.</exception>
    private Grammar Write(ToolFunction function)
    {
        try
        {
            return Grammar.Sequence(Grammar.Literal($"{function.Name}{HeadEnd}\n"), function.Arguments.Parameters(_syntax));
        }
        catch (JsonSchemaException exception)
        {
            throw new ChatMessageException("tools", $"the parameters of {function.Name}: {exception.Message}");
        }
    }
}
