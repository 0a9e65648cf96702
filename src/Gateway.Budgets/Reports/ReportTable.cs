using System.Collections.Immutable;

namespace Gateway.Budgets.Reports;

/// <summary>A report, to be written in any format.</summary>
public sealed record ReportTable
{
    /// <summary>In snake case.</summary>
    public required string Name { get; init; }

    /// <summary>What was asked for, by name.</summary>
    public required IReadOnlyList<(string Name, string Value)> Facts { get; init; }

    public required ImmutableArray<ReportColumn> Columns { get; init; }

    /// <summary>One value for each column: a string, a long, a double, a decimal, a <see cref="DateTimeOffset"/> or null, as the column's kind says.</summary>
    public required IAsyncEnumerable<IReadOnlyList<object?>> Rows { get; init; }

    /// <summary>As a row; null for a report that adds nothing up.</summary>
    public IReadOnlyList<object?>? Total { get; init; }

    /// <summary>What a reader must know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    internal static IReadOnlyList<(string, string)> FactsOf(ReportPeriod period, ReportScope scope) =>
    [
        ("from", ReportPeriod.Text(period.From)),
        ("to", ReportPeriod.Text(period.To)),
        ("time_zone", period.Zone.Id),
        .. scope.Organization is { } organization ? [("organization", organization)] : Array.Empty<(string, string)>(),
        .. scope.Team is { } team ? [("team", team)] : Array.Empty<(string, string)>(),
    ];

    internal static ReportColumn Text(string name) => new(name, ReportKind.Text);

    internal static ReportColumn Count(string name) => new(name, ReportKind.Count);

    internal static ReportColumn Money(string name) => new(name, ReportKind.Money);
}
