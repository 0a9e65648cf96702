using System.Globalization;
using System.Text.Json;

namespace Gateway.Policies.Yaml;

/// <summary>Makes the tree that the validation reads from JSON, which has no places to show. Its objects must have no member twice.</summary>
internal static class JsonNodes
{
    public static Node Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => new MapNode(default, [.. json.EnumerateObject().Select(member => new MapEntry(default, member.Name, Of(member.Value)))]),
        JsonValueKind.Array => new ListNode(default, [.. json.EnumerateArray().Select(Of)]),
        JsonValueKind.String => new ScalarNode(default, json.GetString()!, IsPlain: false),
        _ => new ScalarNode(default, WithoutExponent(json, json.GetRawText()), IsPlain: true),
    };

    /// <summary>Programs write small and large numbers as <c>1e-05</c>; people, whose YAML has the same readers, do not.</summary>
    private static string WithoutExponent(JsonElement json, string text) =>
        json.ValueKind == JsonValueKind.Number && text.AsSpan().ContainsAny('e', 'E') && json.TryGetDecimal(out var number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : text;
}
