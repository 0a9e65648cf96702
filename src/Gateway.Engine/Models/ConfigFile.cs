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
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new ModelConfigException(path, ["it holds no JSON object."]);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelConfigException(path, [exception.Message]);
        }
    }
}
