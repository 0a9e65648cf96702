using System.Text.Json;

namespace Gateway.Engine.Models;

/// <summary>Reads one of a checkpoint's small JSON files.</summary>
internal static class ConfigFile
{
    // The largest published ones are some tens of kilobytes.
    private const long MaxBytes = 16 << 20;

    /// <exception cref="ModelConfigException">The file is missing, unreadable, or no JSON object.</exception>
    public static JsonElement Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw new ModelConfigException(path, [$"it is larger than {MaxBytes} bytes; this cannot be the right file."]);
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ModelConfigException(path, ["it holds no JSON object."]);
            }

            DecodeText(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (Exception exception)
            when (exception is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new ModelConfigException(path, [exception.Message]);
        }
    }

    /// <summary>
    /// Decodes every name and string once. The parser leaves that to whoever reads one, and text that is no valid Unicode would then
    /// fail in the midst of something else.
    /// </summary>
    private static void DecodeText(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _ = value.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    DecodeText(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    _ = property.Name;
                    DecodeText(property.Value);
                }

                break;
        }
    }
}
