using System.CommandLine;
using System.Text.Json;
using Gateway.Routing.Difficulty;

namespace Gateway.Commands;

/// <summary><c>gateway route train | evaluate | cross-validate</c>: work with the difficulty model.</summary>
public static class RouteCommand
{
    internal static readonly JsonSerializerOptions ReportJson = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create() =>
        new("route", "Work with the model that estimates how hard a prompt is.")
        {
            RouteTrainCommand.Create(),
            RouteEvaluateCommand.Create(),
            RouteCrossValidateCommand.Create(),
        };

    internal static Option<string> DataOption() => new("--data")
    {
        Description = "A file with one JSON object a line: bench, domain, prompt, weak, strong.",
        Required = true,
    };

    internal static Option<bool> JsonOption() => new("--json") { Description = "Print JSON instead of a table." };

    internal static async Task<IReadOnlyList<RoutingExample>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(path);
        return await RoutingExampleReader.ReadAsync(reader, path, cancellationToken);
    }

    /// <summary>Runs a verb; what is wrong with its files becomes one line on <paramref name="error"/> and exit code 1.</summary>
    internal static async Task<int> RunAsync(TextWriter error, Func<Task> verb)
    {
        try
        {
            await verb();
            return 0;
        }
        catch (Exception exception) when (exception is RoutingExampleException or DifficultyModelFormatException
            or IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            await error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}
