using System.Text;
using Gateway.Engine.Constraints.JsonSchema;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>
/// Arguments that the model writes as named parameters, read up to the mark that closes the call. Text becomes a JSON string, anything else is
/// JSON already and passes as it is. A parameter ends with its closing mark and with nothing else, whatever other marks its value holds.
/// </summary>
/// <param name="tags">The form's marks, as an answer spells them.</param>
internal sealed class DsmlArgumentReader(DsmlTags tags) : ArgumentReader
{
    private State _state = State.First;
    private JsonArgumentReader? _object;

    private enum State
    {
        /// <summary>Before the first parameter.</summary>
        First,

        /// <summary>Behind a parameter.</summary>
        Next,

        /// <summary>In a value that is text.</summary>
        Text,

        /// <summary>In a value that is JSON.</summary>
        Json,
    }

    public override int Read(string text, StringBuilder json)
    {
        if (_object is not null)
        {
            return ReadObject(text, 0, json);
        }

        var position = 0;
        while (Step(text, ref position, json))
        {
        }

        return position;
    }

    /// <summary>False when more text has to come first, or nothing more belongs to the arguments.</summary>
    private bool Step(string text, ref int position, StringBuilder json)
    {
        if (_state is State.Text or State.Json)
        {
            return ReadValue(text, ref position, json);
        }

        while (position < text.Length && char.IsWhiteSpace(text[position]))
        {
            position++;
        }

        var rest = text.AsSpan(position);
        if (rest.StartsWith(tags.ParameterBegin, StringComparison.Ordinal))
        {
            return ReadName(text, ref position, json);
        }

        if (rest.StartsWith(tags.CallEnd, StringComparison.Ordinal))
        {
            json.Append(_state == State.First ? "{}" : "}");
            IsOver = true;
        }
        else if (_state == State.First && rest.StartsWith('{'))
        {
            // V3.2 falls back to JSON now and then; other servers read it too.
            _object = new JsonArgumentReader();
            position += ReadObject(text, position, json);
        }
        else
        {
            IsOver = !(tags.ParameterBegin.AsSpan().StartsWith(rest, StringComparison.Ordinal)
                || tags.CallEnd.AsSpan().StartsWith(rest, StringComparison.Ordinal));
        }

        return false;
    }

    private int ReadObject(string text, int position, StringBuilder json)
    {
        var length = _object!.Read(text[position..], json);
        IsOver = _object.IsOver;
        return length;
    }

    /// <summary>A name ends where its <c>string</c> attribute begins: names are not escaped, and may hold quotes.</summary>
    private bool ReadName(string text, ref int position, StringBuilder json)
    {
        var rest = text.AsSpan(position + tags.ParameterBegin.Length);
        var (asText, asJson) = (IndexOf(rest, tags.TextBegin), IndexOf(rest, tags.JsonBegin));
        var length = Math.Min(asText, asJson);
        if (IndexOf(rest, tags.ParameterEnd) < length)
        {
            IsOver = true;
            return false;
        }

        if (length == int.MaxValue)
        {
            return false;
        }

        json.Append(_state == State.First ? "{" : ", ").Append(JsonText.Quote(rest[..length].ToString())).Append(": ");
        position += tags.ParameterBegin.Length + length;
        if (asText < asJson)
        {
            _state = State.Text;
            position += tags.TextBegin.Length;
            json.Append('"');
        }
        else
        {
            _state = State.Json;
            position += tags.JsonBegin.Length;
        }

        return true;
    }

    private bool ReadValue(string text, ref int position, StringBuilder json)
    {
        var rest = text.AsSpan(position);
        var end = rest.IndexOf(tags.ParameterEnd, StringComparison.Ordinal);
        var value = end >= 0 ? rest[..end] : rest[..^ToolCallMarks.LengthOfBeginning(rest, tags.ParameterEnd)];
        if (_state == State.Text)
        {
            JsonText.AppendEscaped(json, value);
        }
        else
        {
            json.Append(value);
        }

        position += value.Length;
        if (end < 0)
        {
            return false;
        }

        json.Append(_state == State.Text ? "\"" : "");
        position += tags.ParameterEnd.Length;
        _state = State.Next;
        return true;
    }

    /// <summary><see cref="int.MaxValue"/> for nowhere.</summary>
    private static int IndexOf(ReadOnlySpan<char> text, string mark) =>
        text.IndexOf(mark, StringComparison.Ordinal) is >= 0 and var index ? index : int.MaxValue;
}
