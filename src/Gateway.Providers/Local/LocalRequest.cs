using Gateway.Engine;
using Gateway.Engine.Dialogue;

namespace Gateway.Providers.Local;

/// <summary>A chat completion in the engine's terms.</summary>
/// <param name="Tokens">What to generate from, and how.</param>
/// <param name="Stops">Stop strings.</param>
/// <param name="Turn">The conversation that is answered.</param>
internal sealed record LocalRequest(TokenRequest Tokens, IReadOnlyList<string> Stops, ChatTurn Turn)
{
    /// <summary>How many answers are wanted: 1 to <see cref="GenerationFields.MaxChoices"/>.</summary>
    public required int Choices { get; init; }

    /// <summary>Tokens that were cut off the beginning of the conversation.</summary>
    public required int TruncatedTokens { get; init; }

    /// <summary>What one of the choices is generated from: they differ in nothing but their seeds.</summary>
    public TokenRequest ForChoice(int choice) =>
        choice == 0 ? Tokens : Tokens with { Sampling = Tokens.Sampling with { Seed = ChoiceSeed.Of(Tokens.Sampling.Seed, choice) } };
}
