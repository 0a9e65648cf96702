namespace Gateway.Contracts.OpenAI;

/// <summary>The endpoints of the OpenAI dialect that a model answers.</summary>
public enum OpenAIEndpoint
{
    /// <summary><c>POST /v1/chat/completions</c></summary>
    ChatCompletions,

    /// <summary><c>POST /v1/completions</c></summary>
    Completions,

    /// <summary><c>POST /v1/embeddings</c></summary>
    Embeddings,
}
