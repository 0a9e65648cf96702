using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>
/// Estimates how many tokens a prompt has for a family of tokenizers: a weighted sum of the text's features, and what the family's chat
/// template puts around messages. Exact counts would need every vocabulary, and milliseconds.
/// </summary>
public static class TokenEstimator
{
    // No vocabulary is at hand for these three. o200k_base and Llama 3's vocabulary both grew out of cl100k_base, with digits in threes.
    // Anthropic's makes more tokens of the same text. What providers report corrects all of them: ModelObservation.TokenRatio.
    private static readonly TokenizerCosts OpenAI = new(TokenCoefficients.Llama3, Factor: 1, PerMessage: 4, PerRequest: 3);
    private static readonly TokenizerCosts Claude = new(TokenCoefficients.Generic, Factor: 1.2, PerMessage: 4, PerRequest: 3);
    private static readonly TokenizerCosts Gemini = new(TokenCoefficients.Generic, Factor: 1, PerMessage: 2, PerRequest: 1);

    private static readonly TokenizerCosts Generic = new(TokenCoefficients.Generic, Factor: 1, PerMessage: 4, PerRequest: 3);

    // Counted from the chat templates: the marks around a message, and what begins the text and the answer.
    private static readonly TokenizerCosts Llama3 = new(TokenCoefficients.Llama3, Factor: 1, PerMessage: 5, PerRequest: 5);
    private static readonly TokenizerCosts Qwen = new(TokenCoefficients.Qwen2, Factor: 1, PerMessage: 5, PerRequest: 3);
    private static readonly TokenizerCosts DeepSeekV2 = new(TokenCoefficients.DeepSeekLlm, Factor: 1, PerMessage: 4, PerRequest: 3);
    private static readonly TokenizerCosts DeepSeekV3 = new(TokenCoefficients.DeepSeekV3, Factor: 1, PerMessage: 1, PerRequest: 2);

    /// <summary>To the nearest whole number; 0 only for an empty prompt.</summary>
    public static int Estimate(in TextMeasure text, TokenizerFamily family)
    {
        var costs = CostsOf(family);
        double sum = 0;
        var counts = text.AsSpan();
        for (int i = 0; i < costs.Coefficients.Length; i++)
        {
            sum += counts[i] * costs.Coefficients[i];
        }

        double template = text.Messages > 0 ? ((double)text.Messages * costs.PerMessage) + costs.PerRequest : 0;
        double total = (sum * costs.Factor) + template + text.FixedTokens;
        return total > 0 ? (int)Math.Clamp(Math.Round(total), 1, int.MaxValue) : 0;
    }

    private static TokenizerCosts CostsOf(TokenizerFamily family) => family switch
    {
        TokenizerFamily.OpenAI => OpenAI,
        TokenizerFamily.Claude => Claude,
        TokenizerFamily.Gemini => Gemini,
        TokenizerFamily.Llama3 => Llama3,
        TokenizerFamily.Qwen => Qwen,
        TokenizerFamily.DeepSeekV2 => DeepSeekV2,
        TokenizerFamily.DeepSeekV3 => DeepSeekV3,
        _ => Generic,
    };
}
