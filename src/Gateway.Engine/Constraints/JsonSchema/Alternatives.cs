namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>An <c>anyOf</c> or <c>oneOf</c>.</summary>
/// <param name="Owner">The schema that has it.</param>
/// <param name="IsExclusive">Only one may hold: <c>oneOf</c>.</param>
/// <param name="Schemas">What there is to choose from.</param>
internal sealed record Alternatives(SchemaSource Owner, bool IsExclusive, IReadOnlyList<SchemaSource> Schemas);
