using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;

namespace Gateway.Providers.Local;

/// <summary>Typed reads of the members of a request; null means absent, and each error names the field and what belongs there.</summary>
internal static class RequestField
{
    public static JsonElement? Find(JsonElement request, string name) =>
        request.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static double? Number(JsonElement request, string name) => Find(request, name) is { } value ? NumberOf(value, name) : null;

    /// <summary>The value of a member that was found already.</summary>
    public static double NumberOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Wrong(name, "a number");

    public static long? Integer(JsonElement request, string name)
    {
        if (Find(request, name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw Wrong(name, "an integer");
    }

    /// <summary>An integer that is no less than the minimum; a greater one than fits is as good as the greatest.</summary>
    public static int? Count(JsonElement request, string name, int minimum) => Integer(request, name) switch
    {
        null => null,
        var value when value >= minimum => (int)Math.Min(value.Value, int.MaxValue),
        var value => throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"at least {minimum}, but is {value}")),
    };

    public static bool Flag(JsonElement request, string name) => Find(request, name)?.ValueKind switch
    {
        null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A string or an array of strings, none of them empty.</summary>
    public static IReadOnlyList<string> Strings(JsonElement request, string name, int most)
    {
        if (Find(request, name) is not { } value)
        {
            return [];
        }

        IEnumerable<JsonElement> items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];
        var strings = items.Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong(name, "a string or an array of strings")).ToList();
        return strings.Count <= most && strings.All(text => text.Length > 0)
            ? strings
            : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"at most {most} strings, none of them empty"));
    }

    public static IReadOnlyList<int> Integers(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) ? id : throw Wrong(name, "an array of integers"))]
            : throw Wrong(name, "an array of integers");

    public static GatewayException Wrong(string name, string expected) => new(ErrorCode.CallerInvalidField, $"'{name}' must be {expected}.", name);
}
