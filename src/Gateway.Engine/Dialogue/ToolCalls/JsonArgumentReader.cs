using System.Text;

namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>Arguments that the model writes as a JSON object; they pass as they are.</summary>
internal sealed class JsonArgumentReader : ArgumentReader
{
    private JsonObjectScanner _scanner;

    public override int Read(string text, StringBuilder json)
    {
        var length = _scanner.Read(text);
        json.Append(text, 0, length);
        IsOver = _scanner.IsComplete || _scanner.IsBroken;
        return length;
    }
}
