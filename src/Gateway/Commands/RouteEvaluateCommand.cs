using System.CommandLine;
using System.Text.Json;
using Gateway.Routing.Difficulty;
using Gateway.Routing.Difficulty.Evaluation;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway route evaluate --data FILE.jsonl [--model FILE] [--json]</c>: what the difficulty model is worth on a file, per source and
/// over all, by RouteLLM's measure, and the time per prompt.
/// </summary>
public static class RouteEvaluateCommand
{
    public static Command Create()
    {
        var data = RouteCommand.DataOption();
        var weights = new Option<string?>("--model") { Description = "Weights that 'route train' wrote; without it those that ship with the gateway." };
        var json = RouteCommand.JsonOption();
        var command = new Command("evaluate", "Measure the difficulty model on a file of routing examples.") { data, weights, json };
        command.SetAction((result, cancellationToken) => RouteCommand.RunAsync(
            result.InvocationConfiguration.Error,
            () => RunAsync(
                result.GetRequiredValue(data),
                result.GetValue(weights),
                result.GetValue(json),
                TimeProvider.System,
                result.InvocationConfiguration.Output,
                cancellationToken)));
        return command;
    }

    private static async Task RunAsync(
        string data, string? weights, bool json, TimeProvider time, TextWriter output, CancellationToken cancellationToken)
    {
        var examples = await RouteCommand.ReadAsync(data, cancellationToken);
        var model = Load(weights);

        // The first pass also compiles the code; the second is the one that is timed.
        RoutedOutcome[] outcomes = [.. examples.Select(example => RoutedOutcome.Of(model, example))];
        long start = time.GetTimestamp();
        foreach (var example in examples)
        {
            model.Estimate(example.Prompt);
        }

        double microseconds = time.GetElapsedTime(start).TotalMicroseconds / examples.Count;
        var reports = SourceReport.BySource(examples, outcomes);
        await output.WriteLineAsync(json
            ? JsonSerializer.Serialize(new { sources = reports, microsecondsPerPrompt = microseconds }, RouteCommand.ReportJson)
            : Table(reports, microseconds));
    }

    private static DifficultyModel Load(string? path)
    {
        if (path is null)
        {
            return DifficultyModel.Default;
        }

        using var stream = File.OpenRead(path);
        return DifficultyModel.Load(stream);
    }

    private static string Table(IReadOnlyList<SourceReport> reports, double microseconds)
    {
        var table = new StringWriter();
        table.WriteLine($"{"source",-12} {"rows",7} {"weak",7} {"strong",7} {"APGR",7} {"CPT50",7} {"CPT80",7} {"Brier w",8} {"Brier s",8} {"ECE w",7} {"ECE s",7}");
        foreach (var report in reports)
        {
            table.WriteLine(
                $"{report.Source,-12} {report.Rows,7} {report.WeakAccuracy,7:P1} {report.StrongAccuracy,7:P1} {Value(report.Apgr, "F3"),7} {Value(report.Cpt50, "P1"),7} {Value(report.Cpt80, "P1"),7} {report.Weak.Brier,8:F4} {report.Strong.Brier,8:F4} {report.Weak.ExpectedError,7:F4} {report.Strong.ExpectedError,7:F4}");
        }

        table.Write($"{microseconds:F1} µs per prompt");
        return table.ToString();
    }

    private static string Value(double? value, string format) =>
        value?.ToString(format, System.Globalization.CultureInfo.InvariantCulture) ?? "-";
}
