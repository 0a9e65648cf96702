using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Policies;

/// <summary>What came of reading the policy folder: a snapshot, or every reason why there is none.</summary>
public sealed record PolicyLoadResult
{
    /// <summary>The snapshot; null exactly when there are errors.</summary>
    public PolicySnapshot? Snapshot { get; init; }

    /// <summary>Every error of every file, file by file from top to bottom.</summary>
    public ImmutableArray<PolicyError> Errors { get; init; } = [];

    /// <summary>What works but is worth a look; kept for refused files too.</summary>
    public ImmutableArray<PolicyError> Warnings { get; init; } = [];

    /// <summary>The policy files that were read, by name, in a fixed order.</summary>
    public ImmutableArray<string> Files { get; init; } = [];

    [MemberNotNullWhen(true, nameof(Snapshot))]
    public bool IsValid => Snapshot is not null;
}
