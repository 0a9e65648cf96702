namespace Gateway.Engine.Weights.Gguf;

/// <summary>The architectures that GGUF files of the supported families name.</summary>
internal static class GgufArchitecture
{
    public const string Key = "general.architecture";

    /// <summary>DeepSeek-V2 and V3.</summary>
    public const string DeepSeek2 = "deepseek2";

    public const string Llama = "llama";

    public const string Qwen2 = "qwen2";

    public const string Qwen3 = "qwen3";
}
