using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Estimates how many tokens a text has for a family of tokenizers.</summary>
public static class TokenEstimator
{
    public static int Estimate(in TextMeasure text, TokenizerFamily family) => (text.Bytes + 3) / 4;
}
