using System.Globalization;
using Gateway.Budgets;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>Amounts of money: nano-US-dollars, rounded up once where they are made from tokens.</summary>
internal static class Money
{
    private const int TokensPerPriceUnit = 1_000_000;
    private const decimal NanoDollarsPerDollar = 1_000_000_000m;

    /// <summary>In millionths of a nano-dollar, exact.</summary>
    public static Int128 Exact(in TokenUsage usage, ModelPrices prices) =>
        ((Int128)(usage.Input - usage.CachedInput) * prices.Input.NanoDollarsPerMillionTokens)
        + ((Int128)usage.CachedInput * prices.CachedInput.NanoDollarsPerMillionTokens)
        + ((Int128)usage.Output * prices.Output.NanoDollarsPerMillionTokens);

    /// <summary>Nano-dollars, rounded up; at most what budgets can count.</summary>
    /// <param name="exact">In millionths of a nano-dollar.</param>
    public static long RoundUp(Int128 exact) => (long)Int128.Min((exact + TokensPerPriceUnit - 1) / TokensPerPriceUnit, BudgetAmount.Max);

    /// <summary>Nano-dollars, rounded up.</summary>
    public static long Cost(in TokenUsage usage, ModelPrices prices) => RoundUp(Exact(usage, prices));

    /// <summary>Dollars with nine decimals, that is to the nano-dollar.</summary>
    public static string Text(long nanoDollars)
    {
        var (dollars, rest) = Math.DivRem(nanoDollars, (long)NanoDollarsPerDollar);
        return string.Create(CultureInfo.InvariantCulture, $"{(nanoDollars < 0 ? "-" : "")}{Math.Abs(dollars)}.{Math.Abs(rest):D9}");
    }

    /// <summary>Dollars for a sentence: <c>$0.25</c>.</summary>
    public static string Shown(long nanoDollars) => Dollars(nanoDollars).ToString("$0.00#######", CultureInfo.InvariantCulture);

    public static decimal Dollars(long nanoDollars) => nanoDollars / NanoDollarsPerDollar;

    /// <summary>Nano-dollars of an amount above 0 with at most nine decimals, up to the largest limit; null when it is none.</summary>
    public static long? Parse(string dollars) =>
        decimal.TryParse(dollars, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
        && value > 0
        && value <= Dollars(BudgetLimit.MaxAmount)
        && value * NanoDollarsPerDollar == decimal.Truncate(value * NanoDollarsPerDollar)
            ? (long)(value * NanoDollarsPerDollar)
            : null;
}
