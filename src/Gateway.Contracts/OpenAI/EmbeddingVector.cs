using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>A vector as the client wants it: an array of numbers, or base64 of them as float32 in little-endian order.</summary>
[JsonConverter(typeof(EmbeddingVectorConverter))]
public readonly record struct EmbeddingVector(ReadOnlyMemory<float> Values, bool IsBase64);
