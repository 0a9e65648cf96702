using System.CommandLine;
using Gateway.Policies;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway keys create ID</c>: makes a virtual key, shows it once, and prints the entry for <c>policies/keys.yaml</c>, which holds its
/// hash only.
/// </summary>
public static class KeysCreateCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "The key's name in logs and reports, such as search-ci." };
        id.Validators.Add(result =>
        {
            if (!VirtualKeyId.IsValid(result.GetValueOrDefault<string>()))
            {
                result.AddError($"The id cannot name a key. {VirtualKeyId.Rule}.");
            }
        });
        var command = new Command("create", "Make a virtual key.") { id };
        command.SetAction(result => Run(result.GetRequiredValue(id), result.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(string id, TextWriter output)
    {
        var (key, sha256) = VirtualKeyGenerator.Create();
        output.WriteLine($"The key, shown this once: {key}");
        output.WriteLine();
        output.WriteLine("Add to policies/keys.yaml, below 'keys:':");
        // Quoted, or YAML would take some ids for numbers or worse.
        output.WriteLine($"  - {{ id: \"{id}\", sha256: {sha256} }}");
        return 0;
    }
}
