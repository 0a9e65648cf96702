using System.Collections.Immutable;
using System.Globalization;
using Gateway.Budgets.Reports;
using Gateway.Policies;

namespace Gateway.Reports;

/// <summary>Answers a question; the same for the command line and for HTTP.</summary>
/// <param name="queries">The ledger.</param>
/// <param name="question">What is asked.</param>
/// <param name="scope">Whose entries.</param>
/// <param name="budgets">The time zone and the fiscal calendar.</param>
/// <param name="now">Tells which day is today.</param>
internal delegate Task<ReportTable> ReportQuery(
    LedgerQueries queries, ReportQuestion question, ReportScope scope, BudgetPolicy budgets, DateTimeOffset now, CancellationToken cancellationToken);

/// <summary>The reports that are read from the ledger alone.</summary>
internal static class ReportQueries
{
    private const int DefaultTop = 10;
    private const int MaxTop = 10_000;
    private const string DefaultMinUsd = "1";

    public static Task<ReportTable> SpendAsync(
        LedgerQueries queries, ReportQuestion question, ReportScope scope, BudgetPolicy budgets, DateTimeOffset now, CancellationToken cancellationToken) =>
        SpendReport.RunAsync(queries, Period(question, budgets, now), By(question, "team,model"), scope, cancellationToken);

    /// <summary>Ignores <see cref="ReportQuestion.By"/>: the columns are FOCUS'.</summary>
    public static Task<ReportTable> FocusAsync(
        LedgerQueries queries, ReportQuestion question, ReportScope scope, BudgetPolicy budgets, DateTimeOffset now, CancellationToken cancellationToken) =>
        FocusReport.RunAsync(queries, Period(question, budgets, now), scope, cancellationToken);

    public static Task<ReportTable> StatementAsync(
        LedgerQueries queries, ReportQuestion question, ReportScope scope, BudgetPolicy budgets, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (scope.Team is null)
        {
            throw new ReportException("team", "A statement is of one team. Name it.");
        }

        if (question is { Month: not null, FiscalMonthOf: not null })
        {
            throw new ReportException("month", "Ask for a calendar month, or for the fiscal month of a day, not for both.");
        }

        var zone = Zone(question, budgets);
        var month = question.FiscalMonthOf is { } day
            ? ReportPeriod.ParseFiscalMonth(day, zone, budgets.FiscalCalendar)
            : ReportPeriod.ParseMonth(question.Month, zone, now);
        return StatementReport.RunAsync(queries, month, scope, now, cancellationToken);
    }

    public static Task<ReportTable> ForecastAsync(
        LedgerQueries queries, ReportQuestion question, ReportScope scope, BudgetPolicy budgets, DateTimeOffset now, CancellationToken cancellationToken) =>
        ForecastReport.RunAsync(queries, Zone(question, budgets), now, By(question, "team"), scope, cancellationToken);

    public static Task<ReportTable> MoversAsync(
        LedgerQueries queries, ReportQuestion question, ReportScope scope, BudgetPolicy budgets, DateTimeOffset now, CancellationToken cancellationToken) =>
        MoversReport.RunAsync(queries, Period(question, budgets, now), By(question, "team"), Top(question), scope, cancellationToken);

    public static Task<ReportTable> AnomaliesAsync(
        LedgerQueries queries, ReportQuestion question, ReportScope scope, BudgetPolicy budgets, DateTimeOffset now, CancellationToken cancellationToken) =>
        AnomalyReport.RunAsync(queries, Period(question, budgets, now), By(question, "team"), MinExcess(question), scope, cancellationToken);

    public static Task<ReportTable> LedgerAsync(
        LedgerQueries queries, ReportQuestion question, ReportScope scope, BudgetPolicy budgets, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.FromResult(LedgerListing.Of(queries, Period(question, budgets, now), scope, cancellationToken));

    private static ReportPeriod Period(ReportQuestion question, BudgetPolicy budgets, DateTimeOffset now) =>
        ReportPeriod.Parse(question.From, question.To, Zone(question, budgets), now);

    private static TimeZoneInfo Zone(ReportQuestion question, BudgetPolicy budgets) =>
        question.Zone is { } name ? ReportPeriod.ParseZone(name) : budgets.TimeZone;

    private static ImmutableArray<SpendDimension> By(ReportQuestion question, string otherwise) => SpendDimension.Parse(question.By ?? otherwise);

    private static int Top(ReportQuestion question) =>
        question.Top is null ? DefaultTop
        : int.TryParse(question.Top, NumberStyles.None, CultureInfo.InvariantCulture, out int top) && top is >= 1 and <= MaxTop ? top
        : throw new ReportException("top", $"'{question.Top}' is no number of rows. Write 1 to {MaxTop}.");

    private static long MinExcess(ReportQuestion question)
    {
        string text = question.MinUsd ?? DefaultMinUsd;
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal dollars) && dollars <= 9_000_000
            ? Usd.Of(dollars)
            : throw new ReportException("min-usd", $"'{text}' is no amount. Write dollars as 12.50, at most 9000000.");
    }
}
