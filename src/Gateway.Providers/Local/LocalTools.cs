using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Text;

namespace Gateway.Providers.Local;

/// <summary>Reads <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>.</summary>
internal static class LocalTools
{
    private const string Tools = "tools";
    private const string Choice = "tool_choice";

    /// <summary>OpenAI's limit.</summary>
    private const int MaxTools = 128;

    /// <summary>OpenAI's limit.</summary>
    private const int MaxNameLength = 64;

    /// <summary>The conversation with its tools.</summary>
    /// <exception cref="GatewayException">A tool is malformed, or the model cannot be offered any.</exception>
    public static Conversation Read(JsonElement root, LanguageModel model, Conversation conversation)
    {
        var (mode, function) = ReadChoice(root);
        var tools = ReadTools(root);
        if (tools.Count == 0)
        {
            return mode == ToolChoiceMode.Required ? throw RequestField.Wrong(Choice, "left out, as the request offers no tools") : conversation;
        }

        if (!model.TakesTools)
        {
            throw new GatewayException(
                ErrorCode.CallerUnsupportedField, "'tools' are not supported for this model: its chat template writes calls in a form that the local engine does not know. Use another model.", Tools);
        }

        if (function is not null && !tools.Any(tool => tool.Name == function))
        {
            throw RequestField.Wrong("tool_choice.function.name", $"the name of one of the tools, but is '{function}'");
        }

        return conversation with
        {
            Tools = tools,
            ToolChoice = mode,
            RequiredFunction = function,
            ParallelToolCalls = RequestField.Find(root, "parallel_tool_calls") is null || RequestField.Flag(root, "parallel_tool_calls"),
        };
    }

    private static (ToolChoiceMode Mode, string? Function) ReadChoice(JsonElement root) => RequestField.Find(root, Choice) switch
    {
        null => (ToolChoiceMode.Auto, null),
        { ValueKind: JsonValueKind.String } name => name.GetString() switch
        {
            "auto" => (ToolChoiceMode.Auto, null),
            "none" => (ToolChoiceMode.None, null),
            "required" => (ToolChoiceMode.Required, null),
            _ => throw WrongChoice(),
        },
        { ValueKind: JsonValueKind.Object } named when StringOf(named, "type") == "function" && named.TryGetProperty("function", out var function) =>
            (ToolChoiceMode.Required, StringOf(function, "name") ?? throw RequestField.Wrong("tool_choice.function.name", "a string")),
        _ => throw WrongChoice(),
    };

    private static GatewayException WrongChoice() =>
        RequestField.Wrong(Choice, "none, auto, required or {\"type\":\"function\",\"function\":{\"name\":…}}");

    private static List<ToolFunction> ReadTools(JsonElement root)
    {
        List<ToolFunction> tools = [];
        if (RequestField.Find(root, Tools) is not { } list)
        {
            return tools;
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxTools)
        {
            throw RequestField.Wrong(Tools, string.Create(CultureInfo.InvariantCulture, $"an array of at most {MaxTools} tools"));
        }

        foreach (var tool in list.EnumerateArray())
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{Tools}[{tools.Count}]");
            var read = ReadTool(tool, place);
            tools.Add(tools.Any(other => other.Name == read.Name) ? throw RequestField.Wrong($"{place}.function.name", $"unlike the others; '{read.Name}' stands twice") : read);
        }

        return tools;
    }

    private static ToolFunction ReadTool(JsonElement tool, string place)
    {
        if (tool.ValueKind != JsonValueKind.Object)
        {
            throw RequestField.Wrong(place, "an object with type and function");
        }

        if (StringOf(tool, "type") is not "function")
        {
            throw RequestField.Wrong($"{place}.type", "function; the local engine offers no other kind of tool");
        }

        if (RequestField.Find(tool, "function") is not { ValueKind: JsonValueKind.Object } function)
        {
            throw RequestField.Wrong($"{place}.function", "an object with a name and parameters");
        }

        return ReadFunction(tool, function, $"{place}.function");
    }

    private static ToolFunction ReadFunction(JsonElement tool, JsonElement function, string place)
    {
        if (StringOf(function, "name") is not { } name || !IsName(name))
        {
            throw RequestField.Wrong($"{place}.name", string.Create(CultureInfo.InvariantCulture, $"1 to {MaxNameLength} letters, digits, underscores and dashes"));
        }

        if (RequestField.Find(function, "description") is { ValueKind: not JsonValueKind.String })
        {
            throw RequestField.Wrong($"{place}.description", "a string");
        }

        if (RequestField.Find(function, "parameters") is { ValueKind: not JsonValueKind.Object })
        {
            throw RequestField.Wrong($"{place}.parameters", "a JSON Schema, an object");
        }

        if (RequestField.Find(function, "strict") is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) })
        {
            throw RequestField.Wrong($"{place}.strict", "true or false");
        }

        return new ToolFunction(tool)
        {
            Name = name,
            Parameters = RequestField.Find(function, "parameters"),
            IsStrict = RequestField.Flag(function, "strict"),
        };
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-');

    private static string? StringOf(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
