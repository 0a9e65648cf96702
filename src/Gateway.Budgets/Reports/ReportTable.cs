using System.Collections.Immutable;

namespace Gateway.Budgets.Reports;

/// <summary>A report, to be written in any format.</summary>
public sealed record ReportTable
{
    /// <summary>In snake case.</summary>
    public required string Name { get; init; }

    /// <summary>What was asked for, and what is said of the whole.</summary>
    public required IReadOnlyList<ReportFact> Facts { get; init; }

    public required ImmutableArray<ReportColumn> Columns { get; init; }

    /// <summary>One value for each column: a string, a long, a double, a decimal, a <see cref="DateTimeOffset"/> or null, as the column's kind says.</summary>
    public required IAsyncEnumerable<IReadOnlyList<object?>> Rows { get; init; }

    /// <summary>As a row; null for a report that adds nothing up.</summary>
    public IReadOnlyList<object?>? Total { get; init; }

    /// <summary>What a reader must know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    internal static IReadOnlyList<ReportFact> FactsOf(ReportPeriod period, ReportScope scope) =>
    [
        new("from", ReportPeriod.Text(period.From)),
        new("to", ReportPeriod.Text(period.To)),
        new("time_zone", period.Zone.Id),
        .. scope.Organization is { } organization ? [new("organization", organization)] : Array.Empty<ReportFact>(),
        .. scope.Team is { } team ? [new("team", team)] : Array.Empty<ReportFact>(),
    ];

    internal static ReportColumn Text(string name) => new(name, ReportKind.Text);

    internal static ReportColumn Count(string name) => new(name, ReportKind.Count);

    internal static ReportColumn Money(string name) => new(name, ReportKind.Money);
}
