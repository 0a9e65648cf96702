namespace Gateway.Contracts.OpenAI;

/// <summary>The generating endpoints of the OpenAI dialect.</summary>
public enum OpenAIEndpoint
{
    /// <summary><c>POST /v1/chat/completions</c></summary>
    ChatCompletions,

    /// <summary><c>POST /v1/completions</c></summary>
    Completions,
}
