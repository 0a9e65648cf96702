namespace Gateway.Policies;

/// <summary>Whose vocabulary counts a model's tokens. In files: the name in lower case with dashes, such as <c>deepseek-v3</c>.</summary>
public enum TokenizerFamily
{
    /// <summary><c>generic</c>: the average of the others. The default.</summary>
    Generic,

    /// <summary><c>openai</c>: o200k_base.</summary>
    OpenAI,

    /// <summary><c>claude</c></summary>
    Claude,

    /// <summary><c>gemini</c></summary>
    Gemini,

    /// <summary><c>llama3</c></summary>
    Llama3,

    /// <summary><c>qwen</c></summary>
    Qwen,

    /// <summary><c>deepseek-v2</c>: DeepSeek-LLM, Coder and V2.</summary>
    DeepSeekV2,

    /// <summary><c>deepseek-v3</c>: V3, R1 and later.</summary>
    DeepSeekV3,
}
