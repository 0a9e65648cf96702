using System.Text.Json;

namespace Gateway.Engine.Dialogue;

/// <summary>A function that the model may call.</summary>
/// <param name="Definition">The tool as the client sent it: <c>{"type":"function","function":{…}}</c>. Templates print it.</param>
public sealed record ToolFunction(JsonElement Definition)
{
    /// <summary>1 to 64 letters, digits, <c>_</c> and <c>-</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The JSON Schema of its arguments, an object; null when the client gave none.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Whether arguments have to obey <see cref="Parameters"/>. Otherwise they are what the model makes of them.</summary>
    public bool IsStrict { get; init; }
}
