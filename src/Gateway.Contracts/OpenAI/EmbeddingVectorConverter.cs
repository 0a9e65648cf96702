using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>Writes only: the gateway makes vectors, and passes on those of providers as they are.</summary>
internal sealed class EmbeddingVectorConverter : JsonConverter<EmbeddingVector>
{
    public override EmbeddingVector Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Embeddings are written, not read.");

    public override void Write(Utf8JsonWriter writer, EmbeddingVector value, JsonSerializerOptions options)
    {
        if (value.IsBase64)
        {
            WriteBase64(writer, value.Values.Span);
            return;
        }

        writer.WriteStartArray();
        foreach (var number in value.Values.Span)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static void WriteBase64(Utf8JsonWriter writer, ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        writer.WriteBase64StringValue(bytes);
    }
}
