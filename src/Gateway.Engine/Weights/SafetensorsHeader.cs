using System.Text.Json;

namespace Gateway.Engine.Weights;

/// <summary>
/// Reads and checks the header of a safetensors file (https://github.com/huggingface/safetensors#format). What the format promises
/// is checked here, once, so that nothing behind it needs to doubt an offset: known element types, sizes that match their shapes,
/// data that fills the file from end to end without overlap or gap, no name twice.
/// </summary>
internal static class SafetensorsHeader
{
    private const string MetadataKey = "__metadata__";

    /// <param name="file">For messages.</param>
    /// <param name="json">The header's bytes, without the length in front.</param>
    /// <param name="dataStart">First byte of the data in the file.</param>
    /// <param name="fileLength">Length of the file in bytes.</param>
    /// <exception cref="WeightsFormatException">The header breaks the format.</exception>
    public static Dictionary<string, TensorEntry> Parse(string file, ReadOnlyMemory<byte> json, long dataStart, long fileLength)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new WeightsFormatException(file, null, "the header is not a JSON object.");
            }

            Dictionary<string, TensorEntry> entries = new(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey)
                {
                    continue;
                }

                var entry = ParseEntry(file, property.Name, property.Value, dataStart);
                if (!entries.TryAdd(property.Name, entry))
                {
                    throw new WeightsFormatException(file, property.Name, "the header lists it twice.");
                }
            }

            CheckLayout(file, entries.Values, dataStart, fileLength);
            return entries;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is no valid UTF-8 or UTF-16.
            throw new WeightsFormatException(file, "the header is no valid JSON: " + exception.Message, exception);
        }
    }

    private static TensorEntry ParseEntry(string file, string name, JsonElement value, long dataStart)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var type) || type.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array
            || !value.TryGetProperty("data_offsets", out var offsets) || offsets.ValueKind != JsonValueKind.Array
            || offsets.GetArrayLength() != 2)
        {
            throw new WeightsFormatException(file, name, "its header entry needs dtype, shape and two data_offsets.");
        }

        var bits = TensorType.Bits(type.GetString()!)
            ?? throw new WeightsFormatException(file, name, $"the format has no dtype '{type.GetString()}'.");
        List<long> dimensions = [];
        Int128 elements = 1;
        foreach (var dimension in shape.EnumerateArray())
        {
            dimensions.Add(NonNegative(file, name, "shape", dimension));
            elements *= dimensions[^1];
            if (elements > long.MaxValue)
            {
                throw new WeightsFormatException(file, name, $"its shape {TensorEntry.Text(dimensions)} is beyond any file.");
            }
        }

        var begin = NonNegative(file, name, "data_offsets", offsets[0]);
        var end = NonNegative(file, name, "data_offsets", offsets[1]);
        if (end < begin || elements * bits != (Int128)(end - begin) * 8)
        {
            throw new WeightsFormatException(
                file, name, $"data_offsets [{begin}, {end}] do not hold {type.GetString()} of shape {TensorEntry.Text(dimensions)}.");
        }

        if (begin > long.MaxValue - dataStart)
        {
            throw new WeightsFormatException(file, name, $"data_offsets [{begin}, {end}] lie outside the file.");
        }

        return new TensorEntry(name, type.GetString()!, dimensions, dataStart + begin, end - begin);
    }

    private static long NonNegative(string file, string name, string key, JsonElement number) =>
        number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var value) && value >= 0
            ? value
            : throw new WeightsFormatException(file, name, $"{key} holds {number.GetRawText()}, which is no size.");

    private static void CheckLayout(string file, IEnumerable<TensorEntry> entries, long dataStart, long fileLength)
    {
        var next = dataStart;
        foreach (var entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.ByteCount))
        {
            if (entry.ByteCount > fileLength - entry.Offset)
            {
                throw new WeightsFormatException(file, entry.Name, "its data ends beyond the file; the file is cut short or damaged.");
            }

            if (entry.Offset != next)
            {
                var what = entry.Offset < next ? "overlaps the tensor before it" : $"leaves a gap of {entry.Offset - next} bytes before it";
                throw new WeightsFormatException(file, entry.Name, $"its data {what}.");
            }

            next += entry.ByteCount;
        }

        if (next != fileLength)
        {
            throw new WeightsFormatException(file, null, $"{fileLength - next} bytes at the end belong to no tensor.");
        }
    }
}
