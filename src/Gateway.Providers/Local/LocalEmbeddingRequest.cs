using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>An embeddings request in the engine's terms.</summary>
/// <param name="Texts">In the order of the client's input; at least one.</param>
/// <param name="IsBase64">Whether the client wants base64 in the place of arrays of numbers.</param>
internal sealed record LocalEmbeddingRequest(IReadOnlyList<EmbeddingRequest> Texts, bool IsBase64);
