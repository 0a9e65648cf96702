namespace Gateway.Engine.Constraints;

/// <summary>A JSON schema is malformed, contradicts itself, or asks for what cannot be enforced while an answer is generated.</summary>
/// <param name="pointer">Where in the schema, a JSON pointer (RFC 6901): empty for the root.</param>
/// <param name="keyword">Which of its keywords; empty where the schema as a whole is meant.</param>
/// <param name="problem">What is wrong with it, and what to do.</param>
public sealed class JsonSchemaException(string pointer, string keyword, string problem)
    : GrammarException($"JSON schema, {Place(pointer, keyword)}: {problem}")
{
    public string Pointer { get; } = pointer;

    public string Keyword { get; } = keyword;

    private static string Place(string pointer, string keyword) =>
        (keyword.Length, pointer.Length) switch
        {
            (0, 0) => "root",
            (0, _) => pointer,
            (_, 0) => $"'{keyword}'",
            _ => $"'{keyword}' at {pointer}",
        };
}
