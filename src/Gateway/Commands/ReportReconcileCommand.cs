using System.CommandLine;
using System.Globalization;
using Gateway.Budgets.Invoices;
using Gateway.Budgets.Reports;
using Gateway.Policies;
using Gateway.Reports;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway report reconcile --invoice FILE --provider NAME</c>: sets a provider's usage export beside the ledger. Exit code 0 when all is the
/// same to the cent, 2 when something is not, 1 when it cannot be told.
/// </summary>
public static class ReportReconcileCommand
{
    private const int Differs = 2;

    private static readonly string[] Formats = [ReportCommand.Table, "csv", "json"];

    public static Command Create()
    {
        var invoices = new Option<string[]>("--invoice")
        {
            Description = "A usage or cost export of the provider, as CSV. May be given twice: costs and usage.",
            Required = true,
        };
        var provider = new Option<string>("--provider") { Description = "The provider's name in providers.yaml.", Required = true };
        var rate = new Option<string?>("--rate") { Description = "US dollars for one unit of the invoice's currency, where that is not USD." };
        var ledger = ReportCommand.Option("--ledger");
        var format = ReportCommand.FormatOption(Formats);
        var policies = ReportCommand.PoliciesOption();
        var command = new Command("reconcile", "Compare a provider's usage export with the ledger, to the cent.")
        {
            invoices, provider, rate, format, ledger, policies,
        };
        command.SetAction((result, cancellationToken) => ReportCommand.ReportAsync(result.InvocationConfiguration.Error, async () =>
        {
            List<Invoice> read = [];
            HashSet<string> paths = new(StringComparer.Ordinal);
            foreach (string path in result.GetRequiredValue(invoices))
            {
                if (!paths.Add(Path.GetFullPath(path)))
                {
                    throw new ReportException("invoice", $"'{path}' is given twice. Give each export once.");
                }

                read.Add(await InvoiceReader.ReadAsync(path, ParseRate(result.GetValue(rate)), cancellationToken));
            }

            string name = result.GetRequiredValue(provider);
            await using var database = await ReportSources.OpenAsync(result.GetValue(ledger), cancellationToken);
            var reconciled = await Reconciliation.RunAsync(
                new LedgerQueries(database), read, name, UpstreamNames(ReportSources.Policies(result.GetRequiredValue(policies)), name), cancellationToken);
            await ReportCommand.WriteAsync(reconciled.Report, result.GetRequiredValue(format), result.InvocationConfiguration.Output, cancellationToken);
            return reconciled.IsMatched ? 0 : Differs;
        }));
        return command;
    }

    /// <summary>A provider that is not in the policies any more is taken by the names of its entries.</summary>
    private static Func<string, string> UpstreamNames(PolicySnapshot policies, string provider) =>
        model => policies.FindModel($"{provider}/{model}")?.UpstreamModel ?? model;

    private static decimal? ParseRate(string? text) =>
        text is null ? null
        : decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal rate) && rate is > 0 and < 1_000_000 ? rate
        : throw new ReportException("rate", $"'{text}' is no rate. Write US dollars for one unit, as 0.1389.");
}
