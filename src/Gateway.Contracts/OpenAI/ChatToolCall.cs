namespace Gateway.Contracts.OpenAI;

/// <summary>A call of a function, in an answer that came whole.</summary>
/// <param name="Id">By which the client names the result that it sends back.</param>
public sealed record ChatToolCall(string Id, ChatFunctionCall Function)
{
    public string Type => "function";
}

/// <param name="Name">The function.</param>
/// <param name="Arguments">JSON text, as the model wrote it.</param>
public sealed record ChatFunctionCall(string Name, string Arguments);
