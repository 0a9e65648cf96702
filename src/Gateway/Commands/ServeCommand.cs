using System.CommandLine;
using System.Net.Sockets;
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
        command.SetAction((result, cancellationToken) => RunAsync([.. result.UnmatchedTokens], result.RootCommandResult.Command, cancellationToken));
    }

    private static async Task<int> RunAsync(string[] settings, Command root, CancellationToken cancellationToken)
    {
        try
        {
            if (settings.FirstOrDefault(setting => !IsSetting(setting)) is { } unknown)
            {
                throw new StartException([$"'{unknown}' is no verb and no setting. Verbs: {string.Join(", ", GatewayCommand.Verbs(root))}. Settings: --Section:Name=value."]);
            }

            await using var app = GatewayApplication.Create(settings);
            await StartAsync(app, cancellationToken);
            await app.WaitForShutdownAsync(cancellationToken);
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
    }

    private static bool IsSetting(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf(':', StringComparison.Ordinal) is > 2 and var colon && argument.IndexOf('=', StringComparison.Ordinal) > colon;

    private static async Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidOperationException)
        {
            // The address is taken, not this machine's or not permitted, or has no certificate for https.
            throw new StartException([$"{GatewayOptions.Section}:{nameof(GatewayOptions.Urls)}: cannot listen on {string.Join(", ", app.Services.GetRequiredService<ListenAddresses>().Urls)}: {exception.Message} Free the address, or choose another: --{GatewayOptions.Section}:{nameof(GatewayOptions.Urls)}=http://127.0.0.1:8081"]);
        }
    }
}
