using System.Collections.Immutable;

namespace Gateway.Budgets.Reports;

/// <summary>What spending is grouped by.</summary>
/// <param name="Name">In questions and answers, in snake case.</param>
/// <param name="Expression">In SQL; null for those of time.</param>
public sealed record SpendDimension(string Name, string? Expression)
{
    public static readonly SpendDimension Organization = new("organization", "organization");
    public static readonly SpendDimension Team = new("team", "team");
    public static readonly SpendDimension Project = new("project", "project");
    public static readonly SpendDimension Key = new("key", "key_id");
    public static readonly SpendDimension User = new("user", "user_id");
    public static readonly SpendDimension Tag = new("tag", "tag.value");
    public static readonly SpendDimension Route = new("route", "route");
    public static readonly SpendDimension Model = new("model", "model");
    public static readonly SpendDimension Provider = new("provider", "provider");
    public static readonly SpendDimension PriceVersion = new("price_version", "price_version");
    public static readonly SpendDimension Basis = new("basis", "basis");
    public static readonly SpendDimension Outcome = new("outcome", "outcome");
    public static readonly SpendDimension Day = new("day", null);
    public static readonly SpendDimension Month = new("month", null);

    /// <summary>All tags of a request, as a JSON array.</summary>
    internal static readonly SpendDimension TagSet = new("tags", "tags");

    public static ImmutableArray<SpendDimension> All { get; } =
        [Organization, Team, Project, Key, User, Tag, Route, Model, Provider, PriceVersion, Basis, Outcome, Day, Month];

    internal bool IsTime => Expression is null;

    /// <param name="text">Names separated by commas.</param>
    /// <exception cref="ReportException">A name is unknown, or there twice.</exception>
    public static ImmutableArray<SpendDimension> Parse(string text)
    {
        var found = ImmutableArray.CreateBuilder<SpendDimension>();
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var dimension = All.FirstOrDefault(known => known.Name == name)
                ?? throw new ReportException("by", $"'{name}' is no column to group by. Choose from {string.Join(", ", All.Select(known => known.Name))}.");
            if (found.Contains(dimension))
            {
                throw new ReportException("by", $"'{name}' is there twice. Remove one of the two.");
            }

            found.Add(dimension);
        }

        return found.Contains(Day) && found.Contains(Month)
            ? throw new ReportException("by", "A day is part of a month already. Group by one of the two.")
            : found.ToImmutable();
    }
}
