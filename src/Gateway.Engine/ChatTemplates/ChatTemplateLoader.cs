using System.Text.Json;

namespace Gateway.Engine.ChatTemplates;

/// <summary>Finds the chat template of a checkpoint in Hugging Face's folder layout.</summary>
public static class ChatTemplateLoader
{
    private const string TemplateFile = "chat_template.jinja";
    private const string TokenizerConfigFile = "tokenizer_config.json";
    private const string TemplateKey = "chat_template";
    private const string DefaultName = "default";

    /// <summary>
    /// The template in <c>chat_template.jinja</c>, else that under <c>chat_template</c> of <c>tokenizer_config.json</c> (a string,
    /// or a list of named ones of which <c>default</c> is taken); null when the folder has neither.
    /// </summary>
    /// <exception cref="ChatTemplateException">A template is there but malformed; the message names the file.</exception>
    public static ChatTemplate? FindIn(string modelFolder)
    {
        var templatePath = Path.Combine(modelFolder, TemplateFile);
        if (File.Exists(templatePath))
        {
            return Parse(File.ReadAllText(templatePath), templatePath);
        }

        var configPath = Path.Combine(modelFolder, TokenizerConfigFile);
        return File.Exists(configPath) && FindInConfig(configPath) is { } source ? Parse(source, configPath) : null;
    }

    private static ChatTemplate Parse(string source, string path)
    {
        try
        {
            return ChatTemplate.Parse(source);
        }
        catch (ChatTemplateException e)
        {
            throw new ChatTemplateException($"{path}: {e.Reason}", e.Line, e);
        }
    }

    private static string? FindInConfig(string path)
    {
        using var config = ReadConfig(path);
        if (config.RootElement.ValueKind != JsonValueKind.Object || !config.RootElement.TryGetProperty(TemplateKey, out var template))
        {
            return null;
        }

        return template.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => template.GetString(),
            JsonValueKind.Array => template.EnumerateArray().Select(DefaultSource).FirstOrDefault(source => source is not null)
                ?? throw Malformed(path, $"none of the entries of {TemplateKey} has the name '{DefaultName}' and a string as template."),
            _ => throw Malformed(path, $"{TemplateKey} must be a string or a list of {{name, template}}."),
        };
    }

    private static JsonDocument ReadConfig(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException e)
        {
            throw new ChatTemplateException($"{path}: no valid JSON ({e.Message})", cause: e);
        }
    }

    private static string? DefaultSource(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object
        && entry.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && name.ValueEquals(DefaultName)
        && entry.TryGetProperty("template", out var template) && template.ValueKind == JsonValueKind.String
            ? template.GetString()
            : null;

    private static ChatTemplateException Malformed(string path, string reason) => new($"{path}: {reason}");
}
