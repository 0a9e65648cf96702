using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>A request in the engine's terms.</summary>
/// <param name="Tokens">What to generate from, and how.</param>
/// <param name="Stops">Stop strings.</param>
internal sealed record LocalRequest(TokenRequest Tokens, IReadOnlyList<string> Stops)
{
    /// <summary>How many answers are wanted: 1 to <see cref="GenerationFields.MaxChoices"/>.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>What one of the choices is generated from: they differ in nothing but their seeds.</summary>
    public TokenRequest ForChoice(int choice) =>
        choice == 0 ? Tokens : Tokens with { Sampling = Tokens.Sampling with { Seed = ChoiceSeed.Of(Tokens.Sampling.Seed, choice) } };
}
