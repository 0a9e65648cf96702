namespace Gateway.Engine.Weights.Gguf;

/// <summary>The metadata keys of the tokenizer and of what goes with it.</summary>
internal static class GgufVocabulary
{
    public const string Model = "tokenizer.ggml.model";
    public const string PreTokenizer = "tokenizer.ggml.pre";
    public const string Tokens = "tokenizer.ggml.tokens";
    public const string Types = "tokenizer.ggml.token_type";
    public const string Merges = "tokenizer.ggml.merges";
    public const string BosId = "tokenizer.ggml.bos_token_id";
    public const string EosId = "tokenizer.ggml.eos_token_id";
    public const string EndOfTurnId = "tokenizer.ggml.eot_token_id";
    public const string EndOfMessageId = "tokenizer.ggml.eom_token_id";
    public const string PaddingId = "tokenizer.ggml.padding_token_id";
    public const string AddBos = "tokenizer.ggml.add_bos_token";
    public const string AddEos = "tokenizer.ggml.add_eos_token";
    public const string ChatTemplate = "tokenizer.chat_template";
    public const string Temperature = "general.sampling.temp";
    public const string TopP = "general.sampling.top_p";
    public const string TopK = "general.sampling.top_k";
}
