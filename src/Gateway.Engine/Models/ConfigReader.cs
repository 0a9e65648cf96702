using System.Globalization;
using System.Text.Json;

namespace Gateway.Engine.Models;

/// <summary>
/// Reads keys of a JSON object and collects what is wrong with them instead of stopping at the first. A key whose value is wrong
/// reads as its default, or as the lowest value allowed.
/// </summary>
/// <param name="json">A JSON object.</param>
/// <param name="prefix">What stands before a key in messages, e.g. <c>rope_scaling.</c>.</param>
/// <param name="errors">Where errors go, one line each.</param>
internal sealed class ConfigReader(JsonElement json, string prefix, List<string> errors)
{
    public IEnumerable<string> Keys => json.EnumerateObject().Select(property => property.Name);

    public bool IsPresent(string key) => json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether a key holds more than null, false, an empty list or an empty object.</summary>
    public bool IsSet(string key) => json.TryGetProperty(key, out var value) && value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        _ => true,
    };

    /// <summary>The string under that key; null when there is none, or something else.</summary>
    public string? FindText(string key) => json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public int Integer(string key, int min, int max, int? fallback = null)
    {
        if (!IsPresent(key))
        {
            return fallback ?? Missing(key, min);
        }

        var value = json.GetProperty(key);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail(key, value, $"a whole number of {min} to {max}");
        return fallback ?? min;
    }

    /// <summary>A number in [min, max], both included.</summary>
    public double Number(string key, double min, double max, double? fallback = null)
    {
        if (!IsPresent(key))
        {
            return fallback ?? Missing(key, min);
        }

        var value = json.GetProperty(key);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail(key, value, string.Create(CultureInfo.InvariantCulture, $"a number of {min} to {max}"));
        return fallback ?? min;
    }

    public bool Flag(string key, bool fallback)
    {
        if (!IsPresent(key))
        {
            return fallback;
        }

        var value = json.GetProperty(key);
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Fail(key, value, "true or false");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>One of a few words.</summary>
    public string Choice(string key, string fallback, params ReadOnlySpan<string> allowed)
    {
        if (!IsPresent(key))
        {
            return fallback;
        }

        var value = json.GetProperty(key);
        foreach (var word in allowed)
        {
            if (value.ValueKind == JsonValueKind.String && value.ValueEquals(word))
            {
                return word;
            }
        }

        Fail(key, value, "one of: " + string.Join(", ", allowed!));
        return fallback;
    }

    /// <summary>One id, a list of ids, or null: token ids as the Hugging Face files write them.</summary>
    public IReadOnlyList<int> TokenIds(string key, int vocabularySize)
    {
        if (!IsPresent(key))
        {
            return [];
        }

        var value = json.GetProperty(key);
        List<int> ids = [];
        foreach (var item in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
        {
            if (item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0 && id < vocabularySize)
            {
                ids.Add(id);
            }
            else
            {
                Fail(key, item, $"a token id of 0 to {vocabularySize - 1}, or a list of them");
            }
        }

        return ids;
    }

    /// <summary>The object under that key, or null; an error when it is something else.</summary>
    public ConfigReader? Child(string key)
    {
        if (!IsPresent(key))
        {
            return null;
        }

        var value = json.GetProperty(key);
        if (value.ValueKind == JsonValueKind.Object)
        {
            return new ConfigReader(value, prefix + key + ".", errors);
        }

        Fail(key, value, "an object or null");
        return null;
    }

    public void Error(string key, string problem) => errors.Add($"{prefix}{key} {problem}");

    private T Missing<T>(string key, T value)
    {
        Error(key, "is missing.");
        return value;
    }

    private void Fail(string key, JsonElement value, string expected)
    {
        var text = value.GetRawText();
        Error(key, $"is {(text.Length <= 60 ? text : text[..60] + "…")}; it must be {expected}.");
    }
}
