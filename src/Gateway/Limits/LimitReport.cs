using System.Text.Json;

namespace Gateway.Limits;

/// <summary>A limit as the API shows it.</summary>
internal sealed record LimitReport
{
    public required string Id { get; init; }

    /// <summary><c>managed</c>, or <c>file</c> for one of budgets.yaml.</summary>
    public required string Source { get; init; }

    /// <summary>With the fields of budgets.yaml.</summary>
    public required JsonElement Definition { get; init; }

    /// <summary>Absent for one of the file, as are the next two.</summary>
    public long? Revision { get; init; }

    public DateTimeOffset? ChangedAt { get; init; }

    public string? ChangedBy { get; init; }

    /// <summary>Why it is not in force; absent when it is.</summary>
    public string? Problem { get; init; }
}
