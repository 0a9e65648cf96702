using System.Globalization;

namespace Gateway.Policies;

/// <summary>
/// The exact price of a token. Price lists are in US dollars per million tokens with up to nine decimals, which makes an
/// integer of nano-dollars per million tokens: 0.25 $/M is 250,000,000, and a token at that price is 250 nano-dollars.
/// </summary>
/// <param name="NanoDollarsPerMillionTokens">From 0 to 10^14 (100,000 $/M). Multiply by tokens in 128 bits before dividing.</param>
public readonly record struct TokenPrice(long NanoDollarsPerMillionTokens)
{
    /// <summary>Dollars per million tokens, as in the file: <c>0.25</c>.</summary>
    public override string ToString() =>
        (NanoDollarsPerMillionTokens / 1_000_000_000m).ToString("0.#########", CultureInfo.InvariantCulture);
}
