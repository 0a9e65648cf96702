using System.Text;
using Gateway.Budgets.Reports;
using Gateway.Budgets.Sql;
using Gateway.Contracts.Errors;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers;
using Gateway.Reports;

namespace Gateway.Endpoints;

/// <summary>
/// <c>GET /admin/spend</c> and below it <c>statement</c>, <c>forecast</c>, <c>movers</c>, <c>anomalies</c> and <c>ledger</c>: the reports of the
/// command line, for finance and for teams.
/// </summary>
internal static class AdminSpendEndpoint
{
    private const string Path = "/admin/spend";
    private const string Csv = "text/csv; charset=utf-8; header=present";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private static readonly string[] Common = ["zone", "format", "team", "organization"];

    public static void MapAdminSpend(this IEndpointRouteBuilder endpoints)
    {
        Map("", ReportQueries.SpendAsync, "from", "to", "by");
        Map("/statement", ReportQueries.StatementAsync, "month", "fiscal-month-of");
        Map("/forecast", ReportQueries.ForecastAsync, "by");
        Map("/movers", ReportQueries.MoversAsync, "from", "to", "by", "top");
        Map("/anomalies", ReportQueries.AnomaliesAsync, "from", "to", "by", "min-usd");
        Map("/ledger", ReportQueries.LedgerAsync, "from", "to");

        void Map(string path, ReportQuery kind, params string[] parameters) =>
            endpoints.MapMethods(Path + path, ReadMethods.All, http => AnswerAsync(http, kind, [.. parameters, .. Common]));
    }

    private static async Task AnswerAsync(HttpContext http, ReportQuery kind, string[] parameters)
    {
        try
        {
            var services = http.RequestServices;
            var scope = services.GetRequiredService<ReportAccess>().Scope(http, Value(http, "team"), Value(http, "organization"));
            CheckParameters(http, parameters);
            string format = Format(http, kind);
            var ledger = services.GetRequiredService<LedgerDatabase>();
            await ledger.CheckAsync(http.RequestAborted);
            var report = await (format == "focus" ? ReportQueries.FocusAsync : kind)(
                new LedgerQueries(ledger), Question(http), scope, services.GetRequiredService<PolicyStore>().Current.Budgets,
                services.GetRequiredService<TimeProvider>().GetUtcNow(), http.RequestAborted);
            await WriteAsync(http, report, format);
        }
        catch (ReportException exception)
        {
            await ErrorAnswer.WriteAsync(http, new GatewayError(ErrorCode.CallerInvalidField, exception.Message, exception.Parameter));
        }
        catch (Exception exception) when (exception is LedgerUnavailableException or LedgerSchemaException && !http.Response.HasStarted)
        {
            await ErrorAnswer.WriteAsync(http, new GatewayError(ErrorCode.PolicyLedgerUnavailable, exception.Message));
        }
        catch (GatewayException exception)
        {
            await ErrorAnswer.WriteAsync(http, exception.Error);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be told.
        }
    }

    private static async Task WriteAsync(HttpContext http, ReportTable report, string format)
    {
        http.Response.ContentType = format == "json" ? AnswerHead.Json : Csv;
        http.Response.Headers.CacheControl = "no-store";
        await using var writer = new StreamWriter(http.Response.Body, Utf8, leaveOpen: true);
        await (format == "json" ? JsonReport.WriteAsync(report, writer, http.RequestAborted) : CsvReport.WriteAsync(report, writer, http.RequestAborted));
    }

    private static ReportQuestion Question(HttpContext http) => new()
    {
        From = Value(http, "from"),
        To = Value(http, "to"),
        Zone = Value(http, "zone"),
        By = Value(http, "by"),
        Team = Value(http, "team"),
        Organization = Value(http, "organization"),
        Month = Value(http, "month"),
        FiscalMonthOf = Value(http, "fiscal-month-of"),
        Top = Value(http, "top"),
        MinUsd = Value(http, "min-usd"),
    };

    private static string Format(HttpContext http, ReportQuery kind)
    {
        string[] formats = kind == ReportQueries.SpendAsync ? ["json", "csv", "focus"] : ["json", "csv"];
        string format = Value(http, "format") ?? "json";
        return formats.Contains(format)
            ? format
            : throw new ReportException("format", $"'{format}' is no format of this report. Choose from {string.Join(", ", formats)}.");
    }

    /// <summary>What is misspelt must not be silently left out of the question.</summary>
    private static void CheckParameters(HttpContext http, string[] known)
    {
        foreach (var (name, values) in http.Request.Query)
        {
            if (!known.Contains(name))
            {
                throw new ReportException(name, $"'{name}' is no parameter of this report. Choose from {string.Join(", ", known)}.");
            }

            if (values.Count > 1)
            {
                throw new ReportException(name, $"'{name}' is there more than once. Write it once.");
            }
        }
    }

    private static string? Value(HttpContext http, string name) => http.Request.Query.TryGetValue(name, out var values) ? values.ToString() : null;
}
