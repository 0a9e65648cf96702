using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>A request in the engine's terms.</summary>
/// <param name="Tokens">What to generate from, and how.</param>
/// <param name="Stops">Stop strings.</param>
internal sealed record LocalRequest(TokenRequest Tokens, IReadOnlyList<string> Stops);
