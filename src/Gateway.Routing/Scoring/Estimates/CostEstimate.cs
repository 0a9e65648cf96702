namespace Gateway.Routing;

/// <summary>What a request will cost.</summary>
internal static class CostEstimate
{
    private const double DollarsPerNanoDollarPerMillionTokens = 1e-15;

    /// <summary>Expected US dollars; null when the prices are not known.</summary>
    public static double? Usd(CandidateScore candidate, int choices)
    {
        if (candidate.Model.Prices is not { } prices)
        {
            return null;
        }

        var nanoDollars = ((double)(candidate.PromptTokens - candidate.CachedTokens) * prices.Input.NanoDollarsPerMillionTokens)
            + ((double)candidate.CachedTokens * prices.CachedInput.NanoDollarsPerMillionTokens)
            + ((double)candidate.OutputTokens * choices * prices.Output.NanoDollarsPerMillionTokens);
        return nanoDollars * DollarsPerNanoDollarPerMillionTokens;
    }
}
