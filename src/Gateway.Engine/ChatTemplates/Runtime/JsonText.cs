using System.Globalization;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>
/// The filter <c>tojson</c> as chat templates know it: Python's <c>json.dumps</c> with <c>ensure_ascii=False</c>, without Jinja's
/// HTML escaping. Numbers that a client sent come out as they were written.
/// </summary>
internal sealed class JsonText(RenderBudget budget, JsonTextOptions options)
{
    private readonly TextBuffer _output = new(budget);

    public string Write(Value value)
    {
        WriteValue(value, 0);
        return _output.ToString();
    }

    private void WriteValue(Value value, int level)
    {
        budget.Step(1);
        switch (value)
        {
            case StringValue text:
                WriteString(text.Text);
                break;
            case SequenceValue sequence:
                WriteSequence(sequence, level);
                break;
            case DictValue dict:
                WriteDict(dict, level);
                break;
            default:
                _output.Append(Scalar(value)
                    ?? throw new ChatTemplateException(value is IteratorValue
                        ? "tojson cannot serialise the result of map, select or reject; add the filter 'list' before it."
                        : value is UndefinedValue undefined
                            ? $"tojson cannot serialise an undefined value: {undefined.Explanation}."
                            : $"tojson cannot serialise a '{value.TypeName}'."));
                break;
        }
    }

    private static string? Scalar(Value value) => value switch
    {
        NoneValue => "null",
        BoolValue flag => flag.Flag ? "true" : "false",
        IntegerValue integer => integer.Literal ?? PythonText.Digits(integer),
        FloatValue { Literal: { } literal } => literal,
        FloatValue { Number: double.NaN } => "NaN",
        FloatValue { Number: double.PositiveInfinity } => "Infinity",
        FloatValue { Number: double.NegativeInfinity } => "-Infinity",
        FloatValue real => PythonFloat.Format(real.Number),
        _ => null,
    };

    private void WriteSequence(SequenceValue sequence, int level)
    {
        if (!sequence.IsTrue)
        {
            _output.Append("[]");
            return;
        }

        var opening = "[";
        foreach (var item in sequence.Items)
        {
            _output.Append(opening);
            NewLine(level + 1);
            WriteValue(item, level + 1);
            opening = options.ItemSeparator;
        }

        NewLine(level);
        _output.Append(']');
    }

    private void WriteDict(DictValue dict, int level)
    {
        if (!dict.IsTrue)
        {
            _output.Append("{}");
            return;
        }

        var opening = "{";
        foreach (var (key, item) in InOrder(dict))
        {
            _output.Append(opening);
            NewLine(level + 1);
            WriteString(key);
            _output.Append(options.KeySeparator);
            WriteValue(item, level + 1);
            opening = options.ItemSeparator;
        }

        NewLine(level);
        _output.Append('}');
    }

    private IEnumerable<KeyValuePair<string, Value>> InOrder(DictValue dict)
    {
        var entries = dict.Entries.Select(entry => KeyValuePair.Create(
            entry.Key is StringValue text ? text.Text : Scalar(entry.Key)!, entry.Value));
        return options.SortKeys
            ? entries.OrderBy(entry => entry.Key, Comparer<string>.Create(PythonString.Compare))
            : entries;
    }

    private void NewLine(int level)
    {
        if (options.Indent is { } indent)
        {
            _output.Append('\n');
            for (var i = 0; i < level; i++)
            {
                _output.Append(indent);
            }
        }
    }

    private void WriteString(string text)
    {
        _output.Append('"');
        var plain = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (Escape(text[i]) is { } escape)
            {
                _output.Append(text[plain..i]).Append(escape);
                plain = i + 1;
            }
        }

        _output.Append(plain == 0 ? text : text[plain..]).Append('"');
    }

    private string? Escape(char character) => character switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\f' => "\\f",
        '\b' => "\\b",
        < ' ' => Hex(character),
        > '~' when options.EnsureAscii && character != '\u007f' => Hex(character),
        _ => null,
    };

    private static string Hex(char character) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
}
