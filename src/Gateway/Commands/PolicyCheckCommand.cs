using System.CommandLine;
using Gateway.Hosting;
using Gateway.Policies;

namespace Gateway.Commands;

/// <summary><c>gateway policy check [FOLDER]</c>: validates the policy files. Exit code 0 when they are good, 1 with every error otherwise.</summary>
public static class PolicyCheckCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder")
        {
            Description = "The folder of the policy files.",
            DefaultValueFactory = _ => new GatewayOptions().PoliciesPath,
        };
        var command = new Command("check", "Validate the policy files and list every error.") { folder };
        command.SetAction(result => Run(result.GetRequiredValue(folder), result.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(string folder, TextWriter output)
    {
        var result = PolicyLoader.Load(ConfiguredPath.Resolve(folder), new ProcessEnvironment(), TimeProvider.System);
        foreach (var warning in result.Warnings)
        {
            output.WriteLine($"warning {warning}");
        }

        foreach (var error in result.Errors)
        {
            output.WriteLine($"error {error}");
        }

        output.WriteLine(result.Snapshot is { } snapshot
            ? $"{result.Files.Length} files are good: {snapshot.Providers.Length} providers, {snapshot.Routes.Length} routes, "
              + $"{snapshot.Failover.SectionCount} failover sections, {snapshot.Keys.All.Length} keys."
            : $"{result.Errors.Length} errors.");
        return result.IsValid ? 0 : 1;
    }
}
