namespace Gateway.Budgets;

/// <summary>A limit that the admin API keeps. Its record stays when it is deleted, so that a later one of its name goes on with the revisions.</summary>
public sealed record ManagedLimit
{
    /// <summary>The limit's name.</summary>
    public required string Id { get; init; }

    /// <summary>1 when it was made, one more with each change.</summary>
    public required long Revision { get; init; }

    /// <summary>The limit as JSON, with the fields of <c>budgets.yaml</c>; null when it is deleted.</summary>
    public string? Definition { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>The id of the key that changed it last.</summary>
    public required string ChangedBy { get; init; }
}
