using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>Filters on text. As in Jinja they take any value and work on what it prints as.</summary>
internal static class TextFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        Of("capitalize", PythonString.Capitalize),
        Of("lower", text => text.ToLowerInvariant()),
        Of("upper", text => text.ToUpperInvariant()),
        Of("string", text => text),
        Of("title", text => PythonString.Title(text, c => PythonString.IsSpace(c) || "-({[<".Contains(c))),
        new("safe", [], (subject, _, _) => subject),
        new("trim", ["chars?"], Trim),
        new("replace", ["old", "new", "count?"], Replace),
        new("indent", ["width?", "first?", "blank?"], Indent),
    ];

    private static Builtin Of(string name, Func<string, string> map) => new(name, [], (subject, _, context) =>
    {
        var text = PythonText.Str(subject, context.Budget);
        context.Budget.Allocate(text.Length);
        return new StringValue(map(text));
    });

    private static StringValue Trim(Value subject, Arguments arguments, RenderContext context) =>
        TextOperations.Strip(PythonText.Str(subject, context.Budget), arguments.TextOrNull(0), left: true, right: true, context.Budget);

    private static StringValue Replace(Value subject, Arguments arguments, RenderContext context)
    {
        var text = PythonText.Str(subject, context.Budget);
        var old = PythonText.Str(arguments[0]!, context.Budget);
        var replacement = PythonText.Str(arguments[1]!, context.Budget);
        return new StringValue(TextOperations.Replace(text, old, replacement, arguments.Integer(2, -1), context.Budget));
    }

    private static StringValue Indent(Value subject, Arguments arguments, RenderContext context)
    {
        var budget = context.Budget;
        var width = arguments[0] is StringValue ? 0 : Math.Max(0, arguments.Integer(0, 4));
        budget.Allocate(width);
        var margin = arguments[0] is StringValue given ? given.Text : new string(' ', width);
        var lines = TextOperations.Lines(PythonText.Str(subject, budget), keepEnds: false, budget);
        var indented = new TextBuffer(budget);
        for (var i = 0; i < lines.Count; i++)
        {
            indented.Append(i == 0 ? "" : "\n");
            var wanted = i == 0 ? arguments.Flag(1) : arguments.Flag(2) || lines[i].Length > 0;
            indented.Append(wanted ? margin : "").Append(lines[i]);
        }

        return new StringValue(indented.ToString());
    }
}
