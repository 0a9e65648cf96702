namespace Gateway.Reports;

/// <summary>What is asked of a report, as it was written; null for what was not. Which parts matter depends on the report.</summary>
internal sealed record ReportQuestion
{
    public string? From { get; init; }

    public string? To { get; init; }

    /// <summary>An IANA name; the policies' zone when null.</summary>
    public string? Zone { get; init; }

    public string? By { get; init; }

    public string? Team { get; init; }

    public string? Organization { get; init; }

    public string? Month { get; init; }

    public string? FiscalMonthOf { get; init; }

    public string? Top { get; init; }

    public string? MinUsd { get; init; }
}
