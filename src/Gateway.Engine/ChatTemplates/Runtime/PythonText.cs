using System.Globalization;
using System.Text;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>Values as Python prints them: <c>str()</c> at the top, <c>repr()</c> for what lies inside lists and dicts.</summary>
internal static class PythonText
{
    public static string Str(Value value, RenderBudget budget)
    {
        if (value is StringValue text)
        {
            return text.Text;
        }

        var buffer = new TextBuffer(budget);
        WriteRepr(buffer, value, budget);
        return buffer.ToString();
    }

    public static void WriteStr(TextBuffer output, Value value, RenderBudget budget)
    {
        if (value is StringValue text)
        {
            output.Append(text.Text);
        }
        else
        {
            WriteRepr(output, value, budget);
        }
    }

    /// <summary>Digits of an integer of at most <see cref="IntegerValue.MaxDigits"/> digits.</summary>
    public static string Digits(IntegerValue value) => value.Number.ToString(CultureInfo.InvariantCulture);

    private static void WriteRepr(TextBuffer output, Value value, RenderBudget budget)
    {
        budget.Step(1);
        switch (value)
        {
            case UndefinedValue:
                break;
            case NoneValue:
                output.Append("None");
                break;
            case BoolValue flag:
                output.Append(flag.Flag ? "True" : "False");
                break;
            case IntegerValue integer:
                output.Append(Digits(integer));
                break;
            case FloatValue real:
                output.Append(PythonFloat.Format(real.Number));
                break;
            case StringValue text:
                budget.Walk(text.Text.Length);
                output.Append(Quote(text.Text));
                break;
            case SequenceValue sequence:
                WriteSequence(output, sequence, budget);
                break;
            case DictValue dict:
                WriteDict(output, dict, budget);
                break;
            case IteratorValue:
                throw new ChatTemplateException("the result of map, select or reject cannot be printed; add the filter 'list'.");
            default:
                throw new ChatTemplateException($"a '{value.TypeName}' cannot be printed.");
        }
    }

    private static void WriteSequence(TextBuffer output, SequenceValue sequence, RenderBudget budget)
    {
        var isTuple = sequence is TupleValue;
        output.Append(isTuple ? '(' : '[');
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            WriteElement(output, i == 0 ? "" : ", ", sequence.Items[i], budget);
        }

        output.Append(isTuple && sequence.Items.Count == 1 ? ",)" : isTuple ? ")" : "]");
    }

    private static void WriteDict(TextBuffer output, DictValue dict, RenderBudget budget)
    {
        var separator = "{";
        foreach (var (key, item) in dict.Entries)
        {
            WriteElement(output, separator, key, budget);
            WriteElement(output, ": ", item, budget);
            separator = ", ";
        }

        output.Append(dict.IsTrue ? "}" : "{}");
    }

    private static void WriteElement(TextBuffer output, string before, Value element, RenderBudget budget)
    {
        output.Append(before);
        if (element is UndefinedValue)
        {
            output.Append("Undefined");
        }
        else
        {
            WriteRepr(output, element, budget);
        }
    }

    private static string Quote(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var quoted = new StringBuilder(text.Length + 2).Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when rune.Value == quote => quoted.Append('\\').Append(quote),
                _ when IsPrintable(rune) => quoted.Append(rune.ToString()),
                < 0x100 => quoted.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                < 0x10000 => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
            };
        }

        return quoted.Append(quote).ToString();
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);
}
