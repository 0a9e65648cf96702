using System.CommandLine;
using Gateway.Hosting;

namespace Gateway.Commands;

/// <summary><c>gateway serve [--Section:Name=value ...]</c>: runs the gateway until it is stopped.</summary>
public static class ServeCommand
{
    private const string Description = "Serve requests (the default). Settings: --Section:Name=value, environment Section__Name, appsettings.json.";

    public static Command Create()
    {
        var command = new Command("serve", Description);
        MakeDefault(command);
        return command;
    }

    /// <summary>Makes the command serve, with everything it does not know taken as settings.</summary>
    public static void MakeDefault(Command command)
    {
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((result, cancellationToken) => RunAsync([.. result.UnmatchedTokens], cancellationToken));
    }

    private static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        try
        {
            if (settings.FirstOrDefault(setting => !setting.StartsWith("--", StringComparison.Ordinal)) is { } unknown)
            {
                throw new StartException([$"'{unknown}' is no verb and no setting. Verbs: serve, policy check, keys create. Settings: --Section:Name=value."]);
            }

            await using var app = GatewayApplication.Create(settings);
            await app.RunAsync(cancellationToken);
            return 0;
        }
        catch (StartException exception)
        {
            foreach (var error in exception.Errors)
            {
                await Console.Error.WriteLineAsync(error);
            }

            return 1;
        }
        catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{exception.Message} Stop the other process, or choose another address: --{GatewayOptions.Section}:{nameof(GatewayOptions.Urls)}=http://127.0.0.1:8081");
            return 1;
        }
    }
}
