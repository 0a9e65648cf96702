using Gateway.Engine;
using Gateway.Engine.Dialogue;

namespace Gateway.Providers.Local;

/// <summary>A request in the engine's terms.</summary>
/// <param name="Tokens">What to generate from, and how.</param>
/// <param name="Stops">Stop strings.</param>
/// <param name="Turn">The conversation that is answered; null for a plain prompt.</param>
internal sealed record LocalRequest(TokenRequest Tokens, IReadOnlyList<string> Stops, ChatTurn? Turn);
