using System.CommandLine;
using Gateway.Rehearsal;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway policy simulate --traffic FILE --policy FOLDER [--baseline FOLDER] [--json]</c>: replays recorded requests under the policies of
/// today and under others, and sets side by side what they cost, how long they take and who answers.
/// </summary>
public static class PolicySimulateCommand
{
    /// <summary>Reasons for skipped lines that are shown; the rest is counted.</summary>
    private const int MaxShown = 20;

    public static Command Create()
    {
        var traffic = new Option<string>("--traffic") { Description = "A file of decision records, as Gateway:RecordsPath makes them.", Required = true };
        var policy = new Option<string>("--policy") { Description = "The folder of the new policy files.", Required = true };
        var baseline = new Option<string>("--baseline")
        {
            Description = "The folder of the policy files to compare with.",
            DefaultValueFactory = _ => new GatewayOptions().PoliciesPath,
        };
        var json = RouteCommand.JsonOption();
        var command = new Command("simulate", "Replay recorded requests under other policies: cost, latency, quality.") { traffic, policy, baseline, json };
        command.SetAction((result, cancellationToken) => RehearsalException.ReportAsync(
            result.InvocationConfiguration.Error,
            () => RunAsync(
                result.GetRequiredValue(traffic),
                result.GetRequiredValue(policy),
                result.GetRequiredValue(baseline),
                result.GetValue(json),
                result.InvocationConfiguration,
                cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(
        string path, string policy, string baseline, bool json, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var (before, after) = (RehearsalPolicies.Load(baseline), RehearsalPolicies.Load(policy));
        var traffic = await RecordedTraffic.ReadAsync(path, cancellationToken);
        foreach (var reason in traffic.Skipped.Take(MaxShown))
        {
            await console.Error.WriteLineAsync(reason);
        }

        var (old, changed) = (await ReplayRun.RunAsync(traffic, before), await ReplayRun.RunAsync(traffic, after));
        await console.Output.WriteLineAsync(json ? ReplayReport.Json(traffic, old, changed) : ReplayReport.Text(traffic, old, changed));
        return 0;
    }
}
