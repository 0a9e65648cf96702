namespace Gateway.Contracts.OpenAI;

/// <summary>What a chunk adds to a call of a function. The first one of a call has its id, its type and the name.</summary>
/// <param name="Index">Which call of the answer, counted from 0.</param>
public sealed record ToolCallDelta(int Index, FunctionCallDelta Function)
{
    public string? Id { get; init; }

    public string? Type { get; init; }
}

/// <param name="Arguments">The next piece of the JSON text.</param>
public sealed record FunctionCallDelta(string Arguments)
{
    public string? Name { get; init; }
}
