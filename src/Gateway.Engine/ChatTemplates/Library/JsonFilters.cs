using System.Text.Json;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

internal static class JsonFilters
{
    private const int MaxIndent = 64;

    public static IEnumerable<Builtin> All { get; } =
    [
        new("tojson", ["ensure_ascii?", "indent?", "separators?", "sort_keys?"], ToJson),
        new("from_json", [], FromJson),
    ];

    private static StringValue ToJson(Value subject, Arguments arguments, RenderContext context)
    {
        var indent = Indent(arguments);
        var defaults = new JsonTextOptions { Indent = indent, ItemSeparator = indent is null ? ", " : "," };
        var options = defaults with { EnsureAscii = arguments.Flag(0), SortKeys = arguments.Flag(3) };
        if (arguments[2] is { } separators and not NoneValue)
        {
            options = separators is SequenceValue { Items: [StringValue item, StringValue key] }
                ? options with { ItemSeparator = item.Text, KeySeparator = key.Text }
                : throw new ChatTemplateException("'tojson' takes as separators two strings: (between items, after a key).");
        }

        return new StringValue(new JsonText(context.Budget, options).Write(subject));
    }

    private static string? Indent(Arguments arguments) => arguments[1] switch
    {
        null or NoneValue => null,
        StringValue text => text.Text,
        _ => new string(' ', Math.Clamp(arguments.Integer(1, 0), 0, MaxIndent)),
    };

    /// <summary>
    /// Parses JSON text. Escapes such as <c>\u003c</c> are resolved here, behind the shield that the text went through when it
    /// came in: the strings that come out go through it again.
    /// </summary>
    private static Value FromJson(Value subject, Arguments arguments, RenderContext context)
    {
        if (subject is not StringValue text)
        {
            throw new ChatTemplateException($"'from_json' needs a string, not '{subject.TypeName}'.");
        }

        context.Budget.Allocate(text.Text.Length);
        try
        {
            using var document = JsonDocument.Parse(text.Text);
            return new JsonValues(context.Shield, context.Budget).Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new ChatTemplateException(
                "'from_json' got a string that is no JSON (are the arguments of a tool call malformed?).", cause: e);
        }
    }
}
