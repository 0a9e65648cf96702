namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>Keywords that are refused, with what to do instead; whatever is in neither place and not enforced is an annotation.</summary>
internal static class SchemaKeywords
{
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["not"] = "say what is allowed instead.",
        ["if"] = "write the cases as anyOf.",
        ["then"] = "write the cases as anyOf.",
        ["else"] = "write the cases as anyOf.",
        ["dependentSchemas"] = "write the cases as anyOf.",
        ["dependentRequired"] = "write the cases as anyOf.",
        ["dependencies"] = "write the cases as anyOf.",
        ["patternProperties"] = "use properties and additionalProperties.",
        ["propertyNames"] = "use properties and additionalProperties.",
        ["unevaluatedProperties"] = "use additionalProperties.",
        ["unevaluatedItems"] = "use items.",
        ["additionalItems"] = "use prefixItems and items.",
        ["contains"] = "use items or prefixItems.",
        ["minContains"] = "use items or prefixItems.",
        ["maxContains"] = "use items or prefixItems.",
        ["uniqueItems"] = "an automaton cannot compare elements.",
        ["multipleOf"] = "an automaton cannot divide; use integer, or minimum and maximum.",
        ["$dynamicRef"] = "use $ref.",
        ["$recursiveRef"] = "use $ref.",
    };

    /// <summary>Why a keyword cannot be enforced; null where it can, or where nothing has to be.</summary>
    public static string? WhyRefused(string keyword) =>
        Refused.TryGetValue(keyword, out var instead) ? "is not supported while generating; " + instead : null;
}
