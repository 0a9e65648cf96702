namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>The layout arguments of <c>tojson</c>, with Python's defaults.</summary>
internal sealed record JsonTextOptions
{
    /// <summary>What each level is indented by; null writes everything on one line.</summary>
    public string? Indent { get; init; }

    public string ItemSeparator { get; init; } = ", ";

    public string KeySeparator { get; init; } = ": ";

    public bool SortKeys { get; init; }

    public bool EnsureAscii { get; init; }
}
