using System.CommandLine;

namespace Gateway.Commands;

/// <summary><c>gateway keys revoke ID [--url URL]</c>: ends a managed key for good, on every gateway that shares the store.</summary>
public static class KeysRevokeCommand
{
    public static Command Create()
    {
        var id = KeysCommand.IdArgument();
        var url = AdminClient.UrlOption();
        var command = new Command("revoke", "End a managed key for good.") { id, url };
        command.SetAction((result, cancellationToken) => AdminClient.RunAsync(
            result.GetRequiredValue(url),
            result.InvocationConfiguration.Error,
            async client =>
            {
                var name = result.GetRequiredValue(id);
                var revoked = await client.PostAsync($"admin/keys/{name}/revoke", new Dictionary<string, object>(), cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync($"'{name}' is revoked since {KeysCommand.Text(revoked, "revokedAt")}.");
            }));
        return command;
    }
}
