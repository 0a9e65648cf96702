using Gateway.Budgets.Reports;
using Gateway.Budgets.Sql;
using Gateway.Hosting;
using Gateway.Policies;
using Gateway.Rehearsal;

namespace Gateway.Reports;

/// <summary>Where a report on the command line takes the ledger and the policies from.</summary>
internal static class ReportSources
{
    private const string SettingsFile = "appsettings.json";

    /// <param name="ledger">A PostgreSQL connection or a SQLite file; the settings of this machine when null.</param>
    /// <exception cref="ReportException">The settings cannot be used.</exception>
    /// <exception cref="LedgerUnavailableException">The database does not answer.</exception>
    /// <exception cref="LedgerSchemaException">There is no ledger there, or one of another version.</exception>
    public static async Task<LedgerDatabase> OpenAsync(string? ledger, CancellationToken cancellationToken)
    {
        var options = ledger is null ? Configured()
            : Checked(ledger.Contains('=', StringComparison.Ordinal) ? new LedgerOptions { Connection = ledger } : new LedgerOptions { Path = ledger });
        var database = LedgerDatabase.Open(options, TimeProvider.System);
        try
        {
            await database.CheckAsync(cancellationToken);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>The policies of a folder. Reports need no secrets, so that variables need not be set.</summary>
    /// <exception cref="ReportException">They have errors.</exception>
    public static PolicySnapshot Policies(string folder)
    {
        try
        {
            return RehearsalPolicies.Load(folder);
        }
        catch (RehearsalException exception)
        {
            throw new ReportException("policies", $"The policies in {folder} cannot be used: {string.Join(' ', exception.Errors)}");
        }
    }

    private static LedgerOptions Checked(LedgerOptions options) => options.Validate() is [var error, ..] ? throw new ReportException("ledger", error) : options;

    private static LedgerOptions Configured()
    {
        var (gateway, ledger) = (new GatewayOptions(), new LedgerOptions());
        var configuration = new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory).AddJsonFile(SettingsFile, optional: true).AddEnvironmentVariables().Build();
        configuration.GetSection(GatewayOptions.Section).Bind(gateway);
        configuration.GetSection(LedgerOptions.Section).Bind(ledger);
        return Settings.Resolved(Checked(ledger), gateway);
    }
}
