using System.CommandLine;
using Gateway.Budgets.Reports;
using Gateway.Budgets.Sql;
using Gateway.Reports;

namespace Gateway.Commands;

/// <summary><c>gateway report spend | statement | forecast | movers | anomalies | reconcile | ledger</c>: what was spent, from the SQL ledger.</summary>
public static class ReportCommand
{
    internal const string Table = "table";

    public static Command Create() => new("report", "Report what was spent, from the SQL ledger.")
    {
        ReadCommand(
            "spend", "What was spent in a period, by any columns.", ReportQueries.SpendAsync, ["table", "csv", "json", "focus"],
            Option("--from"), Option("--to"), Option("--by")),
        ReadCommand(
            "statement", "A month's statement for one team.", ReportQueries.StatementAsync, ["table", "csv", "json"],
            Option("--month"), Option("--fiscal-month-of")),
        ReadCommand("forecast", "What this month will come to.", ReportQueries.ForecastAsync, ["table", "csv", "json"], Option("--by")),
        ReadCommand(
            "movers", "Whose spending changed most against as many days before.", ReportQueries.MoversAsync, ["table", "csv", "json"],
            Option("--from"), Option("--to"), Option("--by"), Option("--top")),
        ReadCommand(
            "anomalies", "Days on which somebody spent much more than they used to.", ReportQueries.AnomaliesAsync, ["table", "csv", "json"],
            Option("--from"), Option("--to"), Option("--by"), Option("--min-usd")),
        ReportReconcileCommand.Create(),
        ReadCommand("ledger", "Every entry of a period, with all columns.", ReportQueries.LedgerAsync, ["csv", "json"], Option("--from"), Option("--to")),
    };

    internal static Option<string?> Option(string name) => new(name)
    {
        Description = name switch
        {
            "--from" => "The first day, as 2026-11-01; the first of the month of --to by default.",
            "--to" => "The last day, which counts; today by default.",
            "--by" => $"Columns to group by, separated by commas: {string.Join(", ", SpendDimension.All.Select(dimension => dimension.Name))}.",
            "--zone" => "The IANA time zone of the days; by default that of budgets.yaml.",
            "--team" => "This team's entries only.",
            "--organization" => "This organization's entries only.",
            "--month" => "A calendar month, as 2026-11; the last one that is over by default.",
            "--fiscal-month-of" => "The fiscal month that this day is in.",
            "--top" => "How many rows; 10 by default.",
            "--min-usd" => "By how much a day must lie above the usual, in dollars; 1 by default.",
            "--ledger" => "The ledger: a SQLite file, or a PostgreSQL connection, which is better given as Ledger__Connection in the environment.",
            "--policies" => "The folder of the policy files, for the time zone and the fiscal calendar.",
            "--format" => "How to write it.",
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such option."),
        },
    };

    /// <summary>Runs a verb; what is wrong becomes one line on <paramref name="error"/> and exit code 1.</summary>
    internal static async Task<int> ReportAsync(TextWriter error, Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (Exception exception) when (exception is ReportException or LedgerUnavailableException or LedgerSchemaException)
        {
            await error.WriteLineAsync(exception is ReportException { Parameter: { } parameter } ? $"--{parameter}: {exception.Message}" : exception.Message);
            return 1;
        }
    }

    internal static Task WriteAsync(ReportTable report, string format, TextWriter output, CancellationToken cancellationToken) => format switch
    {
        Table => ReportText.WriteAsync(report, output, cancellationToken),
        "json" => JsonReport.WriteAsync(report, output, cancellationToken),
        _ => CsvReport.WriteAsync(report, output, cancellationToken),
    };

    internal static Option<string> FormatOption(string[] formats)
    {
        var format = new Option<string>("--format")
        {
            Description = $"{string.Join(", ", formats)}; {formats[0]} by default.",
            DefaultValueFactory = _ => formats[0],
        };
        format.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } value && !formats.Contains(value))
            {
                result.AddError($"--format: '{value}' is no format of this report. Choose from {string.Join(", ", formats)}.");
            }
        });
        return format;
    }

    internal static Option<string> PoliciesOption() => new("--policies")
    {
        Description = Option("--policies").Description,
        DefaultValueFactory = _ => new GatewayOptions().PoliciesPath,
    };

    private static Command ReadCommand(string name, string description, ReportQuery query, string[] formats, params Option<string?>[] own)
    {
        Option<string?>[] options = [.. own, Option("--zone"), Option("--team"), Option("--organization"), Option("--ledger")];
        var format = FormatOption(formats);
        var policies = PoliciesOption();
        var command = new Command(name, description) { format, policies };
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.SetAction((result, cancellationToken) => ReportAsync(result.InvocationConfiguration.Error, async () =>
        {
            string? Value(string option) => options.FirstOrDefault(known => known.Name == option) is { } found ? result.GetValue(found) : null;
            await using var ledger = await ReportSources.OpenAsync(Value("--ledger"), cancellationToken);
            string chosen = result.GetRequiredValue(format);
            var report = await (chosen == "focus" ? ReportQueries.FocusAsync : query)(
                new LedgerQueries(ledger), Question(Value), new ReportScope(Value("--team"), Value("--organization")),
                ReportSources.Policies(result.GetRequiredValue(policies)).Budgets, TimeProvider.System.GetUtcNow(), cancellationToken);
            await WriteAsync(report, chosen, result.InvocationConfiguration.Output, cancellationToken);
            return 0;
        }));
        return command;
    }

    private static ReportQuestion Question(Func<string, string?> value) => new()
    {
        From = value("--from"),
        To = value("--to"),
        Zone = value("--zone"),
        By = value("--by"),
        Team = value("--team"),
        Organization = value("--organization"),
        Month = value("--month"),
        FiscalMonthOf = value("--fiscal-month-of"),
        Top = value("--top"),
        MinUsd = value("--min-usd"),
    };
}
