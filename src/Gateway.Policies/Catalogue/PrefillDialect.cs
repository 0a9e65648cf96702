namespace Gateway.Policies;

/// <summary>How a model is asked to continue an assistant message that has begun, which a stream that broke needs.</summary>
public enum PrefillDialect
{
    /// <summary><c>none</c>: it cannot. The default.</summary>
    None,

    /// <summary><c>plain</c>: a last message of the assistant is continued as it stands (Anthropic's models, OpenRouter).</summary>
    Plain,

    /// <summary><c>prefix</c>: the last message carries <c>"prefix": true</c> (DeepSeek's beta endpoint, Mistral).</summary>
    Prefix,

    /// <summary><c>continue_final_message</c>: the request carries <c>continue_final_message: true, add_generation_prompt: false</c> (vLLM, SGLang).</summary>
    ContinueFinalMessage,
}
