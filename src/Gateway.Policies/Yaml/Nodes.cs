using System.Collections.Immutable;

namespace Gateway.Policies.Yaml;

/// <summary>What the operator wrote, with its place: the tree that the validation reads.</summary>
internal abstract record Node(Place Place)
{
    /// <summary>For messages: "a list".</summary>
    public abstract string Kind { get; }
}

/// <param name="Place">Where it begins.</param>
/// <param name="Text">The value, without quotes.</param>
/// <param name="IsPlain">Not in quotes, and so maybe a number, a boolean or nothing.</param>
internal sealed record ScalarNode(Place Place, string Text, bool IsPlain) : Node(Place)
{
    public override string Kind => "a single value";

    /// <summary>Nothing stands there, or one of the spellings of null of YAML 1.2, section 10.3.2.</summary>
    public bool IsNull => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");
}

internal sealed record ListNode(Place Place, ImmutableArray<Node> Items) : Node(Place)
{
    public override string Kind => "a list";
}

/// <param name="Place">Where it begins.</param>
/// <param name="Entries">In the order of the file; no key twice.</param>
internal sealed record MapNode(Place Place, ImmutableArray<MapEntry> Entries) : Node(Place)
{
    public override string Kind => "a mapping";
}

internal readonly record struct MapEntry(Place Place, string Key, Node Value);
