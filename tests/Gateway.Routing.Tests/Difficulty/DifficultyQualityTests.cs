using Gateway.Routing.Difficulty;
using Gateway.Routing.Difficulty.Evaluation;
using Gateway.Routing.Difficulty.Learning;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty;

/// <summary>The shipped weights and the way they are trained, on the real examples. Skipped where these are not beside the checkout.</summary>
public sealed class DifficultyQualityTests
{
    [Fact]
    public async Task Default_OnItsTrainingExamples_IsFarAboveTheFloor()
    {
        var reports = SourceReport.BySource(await Real(), [.. (await Real()).Select(example => RoutedOutcome.Of(DifficultyModel.Default, example))]);

        Assert.InRange(reports.Single(report => report.Source == "mmlu").Apgr!.Value, 0.85, 1.1);
        Assert.InRange(reports.Single(report => report.Source == "gsm8k").Apgr!.Value, 0.85, 1.1);
    }

    [Fact]
    public async Task CrossValidation_ByPrompt_BeatsPlainBagOfWords()
    {
        var folds = CrossValidation.Run(await Real(), 3, byTopic: false, new DifficultyTrainingOptions { CalibrationFolds = 2 });

        // A plain TF-IDF regression reaches 0.66 and 0.56 under the same folds.
        Assert.InRange(Mean(folds, "mmlu"), 0.65, 1);
        Assert.InRange(Mean(folds, "gsm8k"), 0.58, 1);
        Assert.All(folds.SelectMany(fold => fold).Where(report => report.Source == "mmlu"), report => Assert.InRange(report.Weak.ExpectedError, 0, 0.06));
    }

    [Fact]
    public async Task CrossValidation_ByTopic_BeatsPlainBagOfWords()
    {
        RoutingExample[] choices = [.. (await Real()).Where(example => example.Source == "mmlu")];

        var folds = CrossValidation.Run(choices, 4, byTopic: true, new DifficultyTrainingOptions { CalibrationFolds = 2 });

        Assert.InRange(Mean(folds, "mmlu"), 0.58, 1);
    }

    private static double Mean(IReadOnlyList<IReadOnlyList<SourceReport>> folds, string source) =>
        folds.SelectMany(fold => fold).Where(report => report.Source == source).Average(report => report.Apgr!.Value);

    private static async Task<IReadOnlyList<RoutingExample>> Real()
    {
        string? path = Examples.RealPath();
        Assert.SkipWhen(path is null, "The routing examples are not beside this checkout.");
        using var reader = new StreamReader(path!);
        return await RoutingExampleReader.ReadAsync(reader, path!);
    }
}
