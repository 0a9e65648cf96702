using System.Runtime.CompilerServices;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>
/// Names the prices that an entry of the ledger was made with, by the prices themselves: whoever reads it years later can work the entry out
/// again, whatever the catalogue says by then.
/// </summary>
internal static class PriceVersion
{
    // Prices change with the policies, and every request asks.
    private static readonly ConditionalWeakTable<ModelPrices, string> Texts = [];

    /// <summary>US dollars per million tokens of input, cached input and output: <c>0.25/0.025/2</c>; null without prices.</summary>
    public static string? Of(ModelPrices? prices) => prices is null ? null : Texts.GetValue(prices, Text);

    private static string Text(ModelPrices prices) => $"{prices.Input}/{prices.CachedInput}/{prices.Output}";
}
