using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Whether it is certain that no value satisfies two schemas, so that <c>oneOf</c> means no more than <c>anyOf</c>.</summary>
internal sealed class Disjointness(SchemaDocument document, bool isStrict)
{
    private const int MaxDepth = 4;

    /// <summary>Pairs of schemas that are looked at for one document; what is left then is not certain.</summary>
    private const int MaxPairs = 10_000;

    private int _pairs;

    /// <exception cref="JsonSchemaException">Two alternatives may hold at once.</exception>
    public void Check(Alternatives alternatives)
    {
        for (var i = 0; i < alternatives.Schemas.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (!Holds([alternatives.Schemas[i]], [alternatives.Schemas[j]], 0))
                {
                    throw alternatives.Owner.Error(
                        "oneOf",
                        $"alternatives {j} and {i} may both hold for the same value. Use anyOf, or tell them apart: by type, or by a required "
                        + "property whose const or enum differs.");
                }
            }
        }
    }

    private bool Holds(IReadOnlyList<SchemaSource> left, IReadOnlyList<SchemaSource> right, int depth)
    {
        if (left.Count == 0 || right.Count == 0 || depth > MaxDepth || ++_pairs > MaxPairs)
        {
            return false;
        }

        var (one, other) = (SchemaFacts.Of(document, left, isStrict), SchemaFacts.Of(document, right, isStrict));
        var shared = TypesOf(one) & TypesOf(other);
        return one.IsImpossible || other.IsImpossible || shared == JsonTypes.None
            || (one.Values is not null && other.Values is not null && !one.Values.Any(value => other.Values.Any(second => JsonElement.DeepEquals(value, second))))
            || ((shared & ~JsonTypes.Number) == JsonTypes.None && one.Bounds.And(other.Bounds).IsEmpty)
            || (shared == JsonTypes.Object && (ObjectsDiffer(one, other, depth) || LacksRequired(one, other) || LacksRequired(other, one)));
    }

    private static JsonTypes TypesOf(SchemaFacts facts) =>
        facts.Values is null ? facts.Types : facts.Types & facts.Values.Aggregate(JsonTypes.None, (types, value) => types | JsonTypeReader.Of(value));

    private bool ObjectsDiffer(SchemaFacts one, SchemaFacts other, int depth) => one.Required.Intersect(other.Required).Any(name => Holds(
        [.. one.Objects.Select(part => part.Of(name)).OfType<SchemaSource>()],
        [.. other.Objects.Select(part => part.Of(name)).OfType<SchemaSource>()],
        depth + 1));

    /// <summary>One requires a property that the other rules out.</summary>
    private static bool LacksRequired(SchemaFacts one, SchemaFacts other) =>
        one.Required.Any(name => other.Objects.Any(part => part.Of(name) is { Element.ValueKind: JsonValueKind.False }));
}
