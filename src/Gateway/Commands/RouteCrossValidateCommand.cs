using System.CommandLine;
using System.Text.Json;
using Gateway.Routing.Difficulty.Evaluation;
using Gateway.Routing.Difficulty.Learning;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway route cross-validate --data FILE.jsonl [--folds N] [--by-topic] [--seed N] [--json]</c>: what a model trained on such a file
/// is worth on prompts, or on whole topics, that it has not seen.
/// </summary>
public static class RouteCrossValidateCommand
{
    public static Command Create()
    {
        var data = RouteCommand.DataOption();
        var folds = new Option<int>("--folds") { Description = "The parts to hold out in turn, at least 2.", DefaultValueFactory = _ => 5 };
        var byTopic = new Option<bool>("--by-topic") { Description = "Hold out whole topics (domain) instead of prompts." };
        var seed = new Option<int>("--seed") { Description = "Chooses the folds.", DefaultValueFactory = _ => 1 };
        var json = RouteCommand.JsonOption();
        var command = new Command("cross-validate", "Measure what training on a file is worth on prompts never seen.") { data, folds, byTopic, seed, json };
        command.SetAction((result, cancellationToken) => RouteCommand.RunAsync(
            result.InvocationConfiguration.Error,
            async () =>
            {
                var examples = await RouteCommand.ReadAsync(result.GetRequiredValue(data), cancellationToken);
                var reports = CrossValidation.Run(
                    examples,
                    result.GetValue(folds),
                    result.GetValue(byTopic),
                    new DifficultyTrainingOptions { Seed = result.GetValue(seed) },
                    cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync(
                    result.GetValue(json) ? JsonSerializer.Serialize(reports, RouteCommand.ReportJson) : Table(reports));
            }));
        return command;
    }

    private static string Table(IReadOnlyList<IReadOnlyList<SourceReport>> folds)
    {
        var table = new StringWriter();
        table.WriteLine("mean ± standard deviation over folds");
        table.WriteLine($"{"source",-12} {"APGR",15} {"CPT50",15} {"CPT80",15} {"Brier weak",15} {"Brier strong",15}");
        foreach (var source in folds.SelectMany(fold => fold).GroupBy(report => report.Source, StringComparer.Ordinal))
        {
            table.WriteLine(
                $"{source.Key,-12} {Spread(source.Select(report => report.Apgr)),15} {Spread(source.Select(report => report.Cpt50)),15} {Spread(source.Select(report => report.Cpt80)),15} {Spread(source.Select(report => (double?)report.Weak.Brier)),15} {Spread(source.Select(report => (double?)report.Strong.Brier)),15}");
        }

        return table.ToString().TrimEnd();
    }

    private static string Spread(IEnumerable<double?> values)
    {
        double[] known = [.. values.OfType<double>()];
        if (known.Length == 0)
        {
            return "-";
        }

        double mean = known.Average();
        double deviation = Math.Sqrt(known.Average(value => (value - mean) * (value - mean)));
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{mean:F3} ± {deviation:F3}");
    }
}
