using System.Globalization;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Pipeline;

/// <summary>What an answer cost, from the usage that was reported and the price in the catalogue.</summary>
internal static class RequestCost
{
    private const int TokensPerPriceUnit = 1_000_000;

    /// <summary>Dollars with nine decimals (whole nano-dollars), rounded up once; null when usage or price is unknown.</summary>
    public static string? InDollars(GatewayRequest request) =>
        InNanoDollars(request) is { } cost ? ((decimal)cost / 1_000_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture) : null;

    /// <summary>Nano-dollars, rounded up once; null when usage or price is unknown.</summary>
    public static Int128? InNanoDollars(GatewayRequest request) =>
        request.Meter?.Usage is { } usage && request.Model?.Prices is { } prices ? InNanoDollars(usage, prices) : null;

    /// <summary>Nano-dollars, rounded up once.</summary>
    public static Int128 InNanoDollars(in TokenUsage usage, ModelPrices prices)
    {
        var total = ((Int128)(usage.Input - usage.CachedInput) * prices.Input.NanoDollarsPerMillionTokens)
            + ((Int128)usage.CachedInput * prices.CachedInput.NanoDollarsPerMillionTokens)
            + ((Int128)usage.Output * prices.Output.NanoDollarsPerMillionTokens);
        return (total + TokensPerPriceUnit - 1) / TokensPerPriceUnit;
    }
}
