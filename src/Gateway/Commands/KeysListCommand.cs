using System.CommandLine;

namespace Gateway.Commands;

/// <summary><c>gateway keys list [--url URL] [--json]</c>: every key that a running gateway knows, without the keys themselves.</summary>
public static class KeysListCommand
{
    private static readonly string[] Columns = ["id", "source", "state", "organization", "team", "project", "models", "admin", "expires"];

    public static Command Create()
    {
        var url = AdminClient.UrlOption();
        var json = RouteCommand.JsonOption();
        var command = new Command("list", "List the keys of a running gateway.") { url, json };
        command.SetAction((result, cancellationToken) => AdminClient.RunAsync(
            result.GetRequiredValue(url),
            result.InvocationConfiguration.Error,
            async client =>
            {
                var answer = await client.GetAsync("admin/keys", cancellationToken);
                var rows = answer.GetProperty("keys").EnumerateArray().Select(key => Columns.Select(column => KeysCommand.Text(key, column)).ToArray());
                await result.InvocationConfiguration.Output.WriteLineAsync(result.GetValue(json) ? answer.GetRawText() : TextTable.Of([Columns, .. rows]));
            }));
        return command;
    }
}
