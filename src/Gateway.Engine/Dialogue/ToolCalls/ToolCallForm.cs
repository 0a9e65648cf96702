namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>The ways in which models write calls.</summary>
internal enum ToolCallForm
{
    /// <summary>In a way that is not known here: such calls are not found in answers, so tools cannot be offered.</summary>
    Unknown,

    /// <summary><see cref="DeepSeekV3ToolCalls"/>.</summary>
    DeepSeekV3,

    /// <summary><see cref="DeepSeekV31ToolCalls"/>.</summary>
    DeepSeekV31,

    /// <summary><see cref="DsmlToolCalls"/> in a list of <c>function_calls</c>.</summary>
    DeepSeekV32,

    /// <summary><see cref="DsmlToolCalls"/> in a list of <c>tool_calls</c>.</summary>
    DeepSeekV4,

    /// <summary><see cref="HermesToolCalls"/>.</summary>
    Hermes,

    /// <summary><see cref="LlamaToolCalls"/>.</summary>
    Llama,
}
