namespace Gateway.Contracts.OpenAI;

/// <summary>The <c>usage</c> object of an answer.</summary>
public sealed record CompletionUsage(long PromptTokens, long CompletionTokens)
{
    public long TotalTokens => PromptTokens + CompletionTokens;
}
