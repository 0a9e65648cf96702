namespace Gateway.Policies;

/// <summary>The wire protocol that a provider speaks.</summary>
public enum ProviderDialect
{
    /// <summary><c>local</c>: the engine inside this process; nothing goes over a wire.</summary>
    Local,

    /// <summary>
    /// <c>openai</c>: <c>POST {baseUrl}/chat/completions</c> and its siblings, as served by OpenAI, DeepSeek, DashScope,
    /// Mistral, vLLM, SGLang, Ollama, OpenRouter and others.
    /// </summary>
    OpenAI,
}
