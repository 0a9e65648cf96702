using System.Text.Json;

namespace Gateway.Engine.Dialogue;

/// <summary>A function that the model may call.</summary>
/// <param name="Definition">The tool as the client sent it: <c>{"type":"function","function":{…}}</c>. Templates print it.</param>
public sealed record ToolFunction(JsonElement Definition)
{
    /// <summary>1 to 64 letters, digits, <c>_</c> and <c>-</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What its arguments may be, where they are held to anything: any JSON object by default.</summary>
    public ToolArguments Arguments { get; init; } = ToolArguments.Any;

    /// <summary>Whether arguments have to be <see cref="Arguments"/> even where the model is free to call or not.</summary>
    public bool IsStrict { get; init; }
}
