using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Providers.Local;

/// <summary>An event of a stream, blank line included.</summary>
internal static class ServerSentEvent
{
    public static byte[] Of<T>(T value, JsonTypeInfo<T> type) => [.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(value, type), .. "\n\n"u8];
}
