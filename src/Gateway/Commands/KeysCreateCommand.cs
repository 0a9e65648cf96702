using System.CommandLine;
using Gateway.Policies;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway keys create ID [--url URL]</c>: makes a virtual key and shows it once. With <c>--url</c> a running gateway makes it and every
/// replica knows it at once; without, nobody is asked, and the entry for <c>policies/keys.yaml</c> is printed, which holds its hash only.
/// </summary>
public static class KeysCreateCommand
{
    public static Command Create()
    {
        var id = KeysCommand.IdArgument();
        var url = new Option<string?>("--url")
        {
            Description = $"The gateway that is to make it; the admin key is taken from {AdminClient.KeyVariable}. Without it an entry for keys.yaml is printed.",
        };
        var holder = new KeyHolderOptions();
        var command = new Command("create", "Make a virtual key.") { id, url };
        holder.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            var output = result.InvocationConfiguration.Output;
            var (name, fields) = (result.GetRequiredValue(id), holder.Read(result));
            if (result.GetValue(url) is not { } gateway)
            {
                await PrintEntryAsync(name, fields, output);
                return 0;
            }

            return await AdminClient.RunAsync(gateway, result.InvocationConfiguration.Error, async client =>
            {
                var body = new Dictionary<string, object>(fields) { ["id"] = name };
                var made = await client.PostAsync("admin/keys", body, cancellationToken);
                KeysCommand.ShowOnce(output, made.GetProperty("key").GetString()!);
                await output.WriteLineAsync($"Every gateway that shares the store knows '{name}' now.");
            });
        });
        return command;
    }

    private static async Task PrintEntryAsync(string id, IReadOnlyDictionary<string, object> fields, TextWriter output)
    {
        var (key, sha256) = VirtualKeyGenerator.Create();
        KeysCommand.ShowOnce(output, key);
        await output.WriteLineAsync("Add to policies/keys.yaml, below 'keys:':");
        await output.WriteLineAsync(KeyHolderOptions.Entry(id, sha256, fields));
    }
}
