using System.Collections.Immutable;

namespace Gateway.Spending;

/// <summary>What a request itself says about its spending, in headers.</summary>
public sealed record SpendingTerms
{
    public static SpendingTerms None { get; } = new();

    /// <summary>What it is counted under, in the order of the header, each once.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>The most that it may cost, in nano-dollars; null for no such limit.</summary>
    public long? MaxCost { get; init; }

    /// <summary>The id of the work that it is part of; null for none.</summary>
    public string? Workflow { get; init; }

    /// <summary>The most that all of the workflow may cost, in nano-dollars; null when this request does not limit it.</summary>
    public long? WorkflowMaxCost { get; init; }
}
