using System.Runtime.CompilerServices;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>
/// The highest price of each kind in the catalogue. A model whose price is unknown is held, and settled, as if it had these: it costs money, and
/// nobody may use it freely because a line in a file is missing.
/// </summary>
internal sealed class DearestPrices
{
    private static readonly ConditionalWeakTable<PolicySnapshot, DearestPrices> Known = [];

    private DearestPrices(ModelPrices? prices) => Prices = prices;

    /// <summary>Null when no model of the catalogue has prices.</summary>
    public ModelPrices? Prices { get; }

    public static DearestPrices Of(PolicySnapshot policies) => Known.GetValue(policies, static snapshot => new DearestPrices(Find(snapshot)));

    private static ModelPrices? Find(PolicySnapshot policies)
    {
        List<ModelPrices> prices = [.. policies.Providers.SelectMany(provider => provider.Models).Select(model => model.Prices).OfType<ModelPrices>()];
        return prices.Count == 0 ? null : new ModelPrices(Dearest(all => all.Input), Dearest(all => all.CachedInput), Dearest(all => all.Output));

        TokenPrice Dearest(Func<ModelPrices, TokenPrice> kind) => prices.Select(kind).MaxBy(price => price.NanoDollarsPerMillionTokens);
    }
}
