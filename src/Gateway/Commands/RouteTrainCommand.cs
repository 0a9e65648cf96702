using System.CommandLine;
using Gateway.Routing.Difficulty.Learning;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway route train --data FILE.jsonl --out FILE [--seed N]</c>: trains the difficulty model and writes its weights. The same data
/// and seed give the same bytes.
/// </summary>
public static class RouteTrainCommand
{
    public static Command Create()
    {
        var data = RouteCommand.DataOption();
        var destination = new Option<string>("--out") { Description = "The file to write.", Required = true };
        var seed = new Option<int>("--seed")
        {
            Description = "Chooses the split on which calibration is fitted.",
            DefaultValueFactory = _ => new DifficultyTrainingOptions().Seed,
        };
        var command = new Command("train", "Train the difficulty model on a file of routing examples.") { data, destination, seed };
        command.SetAction((result, cancellationToken) => RouteCommand.RunAsync(
            result.InvocationConfiguration.Error,
            () => RunAsync(
                result.GetRequiredValue(data),
                result.GetRequiredValue(destination),
                new DifficultyTrainingOptions { Seed = result.GetValue(seed) },
                result.InvocationConfiguration.Output,
                cancellationToken)));
        return command;
    }

    private static async Task RunAsync(
        string data, string destination, DifficultyTrainingOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        var examples = await RouteCommand.ReadAsync(data, cancellationToken);
        var model = DifficultyTrainer.Train(examples, options, cancellationToken);

        // Written whole or not at all: a file that is being replaced is never seen half.
        using var weights = new MemoryStream();
        model.Save(weights);
        string partial = destination + ".partial";
        await File.WriteAllBytesAsync(partial, weights.ToArray(), cancellationToken);
        File.Move(partial, destination, overwrite: true);
        await output.WriteLineAsync($"{examples.Count} examples learnt; {weights.Length:N0} bytes written to {destination}.");
    }
}
