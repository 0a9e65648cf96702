using System.Text.Json;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Operations;

/// <summary><c>gateway route train | evaluate | cross-validate</c>, by real processes.</summary>
public sealed class RouteCommandTests
{
    [Fact]
    public async Task Train_ThenEvaluate_ReportsWhatTheNewWeightsAreWorth()
    {
        using var folder = new TempFolder();
        var data = WriteExamples(folder);
        var weights = Path.Combine(folder.Path, "weights.bin");

        var (trained, _, trainError) = await GatewayProcess.RunAsync("route", "train", "--data", data, "--out", weights);
        Assert.Equal((0, ""), (trained, trainError));

        var (exitCode, output, error) = await GatewayProcess.RunAsync("route", "evaluate", "--data", data, "--model", weights, "--json");
        Assert.Equal((0, ""), (exitCode, error));
        var source = JsonElement.Parse(output).GetProperty("sources").EnumerateArray().First();
        Assert.Equal(200, source.GetProperty("rows").GetInt32());
        Assert.InRange(source.GetProperty("apgr").GetDouble(), 0.8, 1.1);
    }

    [Fact]
    public async Task CrossValidate_File_PrintsATable()
    {
        using var folder = new TempFolder();

        var (exitCode, output, error) = await GatewayProcess.RunAsync("route", "cross-validate", "--data", WriteExamples(folder), "--folds", "2");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("APGR", output, StringComparison.Ordinal);
        Assert.Contains("made", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"bench\":\"made\",\"domain\":\"d\",\"prompt\":\"p\",\"weak\":true}", "strong")]
    [InlineData("{\"bench\":\"made\",\"domain\":\"d\",\"prompt\":7,\"weak\":true,\"strong\":true}", "prompt")]
    [InlineData("not json", "examples.jsonl")]
    public async Task Evaluate_BadRow_NamesLineAndFieldAndFails(string row, string named)
    {
        using var folder = new TempFolder();
        folder.Write("examples.jsonl", "{\"bench\":\"made\",\"domain\":\"d\",\"prompt\":\"p\",\"weak\":true,\"strong\":true}\n" + row + "\n");

        var (exitCode, _, error) = await GatewayProcess.RunAsync("route", "evaluate", "--data", Path.Combine(folder.Path, "examples.jsonl"));

        Assert.Equal(1, exitCode);
        Assert.Contains("2", error, StringComparison.Ordinal);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_NoFile_SaysSoAndFails()
    {
        var (exitCode, _, error) = await GatewayProcess.RunAsync("route", "evaluate", "--data", "/nowhere/examples.jsonl");
        Assert.Equal(1, exitCode);
        Assert.Contains("/nowhere/examples.jsonl", error, StringComparison.Ordinal);
    }

    /// <summary>Questions about topology are beyond the weak model, all others easy for both.</summary>
    private static string WriteExamples(TempFolder folder)
    {
        string[] subjects = ["rivers", "gardens", "markets", "planets", "topology", "bridges"];
        folder.Write("examples.jsonl", string.Concat(Enumerable.Range(0, 200).Select(i =>
        {
            var subject = subjects[i * 7 % subjects.Length];
            return JsonSerializer.Serialize(new { bench = "made", domain = subject, prompt = $"Question {i} about {subject}?", weak = subject != "topology", strong = true }) + "\n";
        })));
        return Path.Combine(folder.Path, "examples.jsonl");
    }
}
