using System.CommandLine;
using Gateway.Hosting;
using Gateway.Policies;
using Gateway.Rehearsal;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway policy test [FOLDER] [--policies FOLDER] [--json]</c>: runs the scenarios of a folder on virtual time. Exit code 0 when all
/// went as expected, else 1.
/// </summary>
public static class PolicyTestCommand
{
    public static Command Create()
    {
        var folder = new Argument<string?>("folder")
        {
            Description = "The folder of the scenarios; the folder 'tests' of the policies by default.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var policies = new Option<string>("--policies")
        {
            Description = "The folder of the policy files.",
            DefaultValueFactory = _ => new GatewayOptions().PoliciesPath,
        };
        var json = RouteCommand.JsonOption();
        var command = new Command("test", "Run scenarios against the policies: what happens when providers fail.") { folder, policies, json };
        command.SetAction((result, _) => RehearsalException.ReportAsync(
            result.InvocationConfiguration.Error,
            () => RunAsync(result.GetValue(folder), result.GetRequiredValue(policies), result.GetValue(json), result.InvocationConfiguration.Output)));
        return command;
    }

    private static async Task<int> RunAsync(string? folder, string policies, bool json, TextWriter output)
    {
        var snapshot = RehearsalPolicies.Load(policies);
        var results = await RunAsync(Load(folder ?? Path.Combine(policies, "tests"), snapshot), snapshot);
        await output.WriteLineAsync(json ? ScenarioReport.Json(results) : ScenarioReport.Text(results));
        return results.All(result => result.IsPassed) ? 0 : 1;
    }

    private static IReadOnlyList<Scenario> Load(string folder, PolicySnapshot policies)
    {
        var loaded = ScenarioLoader.Load(ConfiguredPath.Resolve(folder), policies);
        return loaded.Errors.IsEmpty ? loaded.Scenarios : throw new RehearsalException([.. loaded.Errors.Select(problem => $"error {problem}")]);
    }

    private static async Task<IReadOnlyList<ScenarioResult>> RunAsync(IReadOnlyList<Scenario> scenarios, PolicySnapshot policies)
    {
        List<ScenarioResult> results = [];
        foreach (var scenario in scenarios)
        {
            results.Add(await ScenarioRun.RunAsync(scenario, policies));
        }

        return results;
    }
}
