namespace Gateway.Budgets.Reports;

/// <summary>What a group spent day by day, with 0 for days without entries.</summary>
/// <param name="Costs">One for each day, in nano-dollars.</param>
internal sealed record DailyHistory(IReadOnlyList<string?> Keys, IReadOnlyList<long> Costs)
{
    /// <summary>The first day with an entry that cost something; days before do not count as history. The number of days when there is none.</summary>
    public int FirstDay { get; } = Costs.TakeWhile(cost => cost == 0).Count();

    public static async Task<IReadOnlyList<DailyHistory>> ReadAsync(
        LedgerQueries queries, ReportPeriod period, IReadOnlyList<SpendDimension> by, ReportScope scope, CancellationToken cancellationToken)
    {
        var days = period.Days;
        var indices = days.Select((day, index) => (day.From, index)).ToDictionary(pair => pair.From, pair => pair.index);
        var rows = await queries.SpendAsync(days, by, scope, cancellationToken);
        return
        [
            .. rows.GroupBy(row => string.Join('\0', row.Keys.Select(key => key is null ? "\u0001" : key)), StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group =>
                {
                    var costs = new long[days.Count];
                    foreach (var row in group)
                    {
                        costs[indices[row.Period.From]] = row.Sum.Cost;
                    }

                    return new DailyHistory(group.First().Keys, costs);
                }),
        ];
    }
}
