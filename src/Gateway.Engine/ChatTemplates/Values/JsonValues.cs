using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>Turns JSON into values; its strings go through the shield, its numbers remember how they were written.</summary>
internal sealed class JsonValues(Shield shield, RenderBudget budget)
{
    public Value Read(JsonElement element) => Read(element, 1);

    /// <summary>Reads a message: like any object, but its role is a name, not text.</summary>
    public DictValue ReadMessage(JsonElement message) => ReadObject(message, 1, (name, value) =>
        name == "role" && value.ValueKind == JsonValueKind.String ? new StringValue(shield.Name(Text(value))) : Read(value, 2));

    private Value Read(JsonElement element, int level)
    {
        if (level > Value.MaxNesting)
        {
            throw new ChatTemplateException($"JSON nests deeper than {Value.MaxNesting} levels.");
        }

        return element.ValueKind switch
        {
            JsonValueKind.Object => ReadObject(element, level),
            JsonValueKind.Array => ReadArray(element, level),
            JsonValueKind.String => new StringValue(shield.Text(Text(element))),
            JsonValueKind.Number => Number(element.GetRawText()),
            JsonValueKind.True => BoolValue.True,
            JsonValueKind.False => BoolValue.False,
            JsonValueKind.Null => NoneValue.Instance,
            _ => throw new ChatTemplateException("a JSON value is missing."),
        };
    }

    private DictValue ReadObject(JsonElement element, int level, Func<string, JsonElement, Value>? readField = null)
    {
        List<KeyValuePair<Value, Value>> entries = [];
        foreach (var property in element.EnumerateObject())
        {
            budget.AllocateItems(1);
            var name = Name(property);
            var value = readField is null ? Read(property.Value, level + 1) : readField(name, property.Value);
            entries.Add(KeyValuePair.Create<Value, Value>(new StringValue(shield.Name(name)), value));
        }

        return new DictValue(entries);
    }

    private ListValue ReadArray(JsonElement element, int level)
    {
        budget.AllocateItems(element.GetArrayLength());
        return new ListValue([.. element.EnumerateArray().Select(item => Read(item, level + 1))]);
    }

    private string Text(JsonElement element) => Decode(() => element.GetString()!);

    private string Name(JsonProperty property) => Decode(() => property.Name);

    private string Decode(Func<string> decode)
    {
        try
        {
            var text = decode();
            budget.Allocate(text.Length);
            return text;
        }
        catch (InvalidOperationException e)
        {
            throw new ChatTemplateException(
                "a JSON string holds half of a surrogate pair, which is no character (\\ud800 to \\udfff come in pairs).", cause: e);
        }
    }

    private static Value Number(string literal)
    {
        if (literal.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return new FloatValue(double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture), literal);
        }

        return literal.Length <= IntegerValue.MaxDigits
            ? new IntegerValue(BigInteger.Parse(literal, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), literal)
            : throw new ChatTemplateException($"a JSON integer has more than {IntegerValue.MaxDigits} digits.");
    }
}
