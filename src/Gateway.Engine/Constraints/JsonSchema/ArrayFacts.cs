using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>What one schema says about an array's elements.</summary>
/// <param name="Prefix">Those at the beginning, one by one.</param>
/// <param name="Items">All that come behind them; null where the schema does not say.</param>
internal sealed record ArrayFacts(IReadOnlyList<SchemaSource> Prefix, SchemaSource? Items)
{
    /// <exception cref="JsonSchemaException">A keyword is malformed.</exception>
    public static ArrayFacts? Read(SchemaSource source)
    {
        var hasPrefix = source.Element.TryGetProperty("prefixItems", out var prefix);
        var hasItems = source.Element.TryGetProperty("items", out var items);
        if (items.ValueKind == JsonValueKind.Array)
        {
            throw source.Error("items", "must be a schema; for a list of them use prefixItems.");
        }

        return hasPrefix || hasItems
            ? new ArrayFacts(hasPrefix ? source.ListUnder("prefixItems", prefix) : [], hasItems ? source.Under("items", items) : null)
            : null;
    }

    /// <summary>What the schema asks of the element at a place; null where it does not ask anything.</summary>
    public SchemaSource? Of(int index) => index < Prefix.Count ? Prefix[index] : Items;
}
