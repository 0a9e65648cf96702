using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>A given value, with white space where objects and arrays may have it.</summary>
internal static class ConstantGrammar
{
    public static Grammar Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => JsonText.StringLiteral(value.GetString()!),
        JsonValueKind.Object => Enclosed("{", value.EnumerateObject().Select(
            member => Grammar.Sequence(JsonText.StringLiteral(member.Name), JsonText.Colon, Of(member.Value))), "}"),
        JsonValueKind.Array => Enclosed("[", value.EnumerateArray().Select(Of), "]"),
        _ => Grammar.Literal(value.GetRawText()),
    };

    private static Grammar Enclosed(string open, IEnumerable<Grammar> items, string close)
    {
        List<Grammar> parts = [Grammar.Literal(open), JsonText.WhiteSpace];
        foreach (var item in items)
        {
            parts.AddRange(parts.Count > 2 ? [JsonText.Comma, item] : [item]);
        }

        parts.AddRange(parts.Count > 2 ? [JsonText.WhiteSpace, Grammar.Literal(close)] : [Grammar.Literal(close)]);
        return Grammar.Sequence(parts);
    }
}
