using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>The methods of Python's <c>str</c> that chat templates use.</summary>
internal static class StringMethods
{
    public static IEnumerable<Builtin> All { get; } =
    [
        Mapping("capitalize", PythonString.Capitalize),
        Mapping("lower", text => text.ToLowerInvariant()),
        Mapping("upper", text => text.ToUpperInvariant()),
        Mapping("title", text => PythonString.Title(text, c => !char.IsLetter(c))),
        Stripping("strip", left: true, right: true),
        Stripping("lstrip", left: true, right: false),
        Stripping("rstrip", left: false, right: true),
        Affix("startswith", (text, prefix) => text.StartsWith(prefix, StringComparison.Ordinal)),
        Affix("endswith", (text, suffix) => text.EndsWith(suffix, StringComparison.Ordinal)),
        Cutting("removeprefix", (text, prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text),
        Cutting("removesuffix", (text, suffix) => text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text),
        Splitting("split", fromRight: false),
        Splitting("rsplit", fromRight: true),
        Finding("find", (text, part) => text.IndexOf(part, StringComparison.Ordinal)),
        Finding("rfind", (text, part) => text.LastIndexOf(part, StringComparison.Ordinal)),
        Asking("isdigit", text => text.Length > 0 && text.All(char.IsDigit)),
        Asking("isalpha", text => text.Length > 0 && text.All(char.IsLetter)),
        Asking("isalnum", text => text.Length > 0 && text.All(char.IsLetterOrDigit)),
        Asking("isspace", text => text.Length > 0 && text.All(PythonString.IsSpace)),
        Asking("islower", text => Tests.HasOnlyCase(text, char.IsLower, char.IsUpper)),
        Asking("isupper", text => Tests.HasOnlyCase(text, char.IsUpper, char.IsLower)),
        new("splitlines", ["keepends?"], (subject, arguments, context) => new ListValue(
            [.. TextOperations.Lines(Text(subject), arguments.Flag(0), context.Budget).Select(line => new StringValue(line))])),
        new("replace", ["old", "new", "count?"], (subject, arguments, context) => new StringValue(
            TextOperations.Replace(Text(subject), arguments.Text(0), arguments.Text(1), arguments.Integer(2, -1), context.Budget))),
        new("count", ["sub"], Count),
        new("join", ["iterable"], Join),
    ];

    private static string Text(Value subject) => ((StringValue)subject).Text;

    private static Builtin Mapping(string name, Func<string, string> map) => new(name, [], (subject, _, context) =>
    {
        context.Budget.Allocate(Text(subject).Length);
        return new StringValue(map(Text(subject)));
    });

    private static Builtin Asking(string name, Predicate<string> holds) =>
        new(name, [], (subject, _, _) => BoolValue.Of(holds(Text(subject))));

    private static Builtin Stripping(string name, bool left, bool right) => new(name, ["chars?"], (subject, arguments, context) =>
        TextOperations.Strip(Text(subject), arguments.TextOrNull(0), left, right, context.Budget));

    private static Builtin Affix(string name, Func<string, string, bool> holds) => new(name, ["affix"], (subject, arguments, _) =>
        BoolValue.Of(arguments[0] is TupleValue alternatives
            ? alternatives.Items.Any(affix => affix is StringValue text && holds(Text(subject), text.Text))
            : holds(Text(subject), arguments.Text(0))));

    private static Builtin Cutting(string name, Func<string, string, string> cut) => new(name, ["affix"], (subject, arguments, context) =>
    {
        context.Budget.Allocate(Text(subject).Length);
        return new StringValue(cut(Text(subject), arguments.Text(0)));
    });

    private static Builtin Splitting(string name, bool fromRight) => new(name, ["sep?", "maxsplit?"], (subject, arguments, context) =>
        arguments.TextOrNull(0) is { } separator
            ? TextOperations.Split(Text(subject), separator, arguments.Integer(1, -1), fromRight, context.Budget)
            : TextOperations.SplitAtWhitespace(Text(subject), arguments.Integer(1, -1), fromRight, context.Budget));

    private static Builtin Finding(string name, Func<string, string, int> find) => new(name, ["sub"], (subject, arguments, context) =>
    {
        var (text, part) = (Text(subject), arguments.Text(0));
        context.Budget.Search(text.Length, part.Length);
        var found = find(text, part);
        return new IntegerValue(found < 0 ? -1 : PythonString.Length(text[..found]));
    });

    private static IntegerValue Count(Value subject, Arguments arguments, RenderContext context)
    {
        var (text, part) = (Text(subject), arguments.Text(0));
        context.Budget.Search(text.Length, part.Length);
        return new IntegerValue(part.Length == 0 ? PythonString.Length(text) + 1 : text.AsSpan().Count(part));
    }

    private static StringValue Join(Value subject, Arguments arguments, RenderContext context)
    {
        var joined = new TextBuffer(context.Budget);
        var before = "";
        foreach (var item in Iteration.Items(arguments[0]!, context.Budget))
        {
            joined.Append(before).Append(item is StringValue text
                ? text.Text
                : throw new ChatTemplateException(
                    $"the method 'join' joins strings, not '{item.TypeName}'; the filter 'join' takes any value."));
            before = Text(subject);
        }

        return new StringValue(joined.ToString());
    }
}
