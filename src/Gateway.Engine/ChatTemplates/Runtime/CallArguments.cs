using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>The evaluated arguments of one call, in the order written.</summary>
internal sealed record CallArguments(IReadOnlyList<Value> Positional, IReadOnlyList<KeyValuePair<string, Value>> Named)
{
    public static CallArguments None { get; } = new([], []);
}
