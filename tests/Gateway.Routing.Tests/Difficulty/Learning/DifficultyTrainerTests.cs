using Gateway.Routing.Difficulty;
using Gateway.Routing.Difficulty.Evaluation;
using Gateway.Routing.Difficulty.Learning;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty.Learning;

public sealed class DifficultyTrainerTests
{
    [Fact]
    public void Train_SameDataAndSeed_GivesTheSameBytes()
    {
        var examples = Examples.Synthetic(150, 3);
        var options = new DifficultyTrainingOptions { Seed = 4 };

        byte[] first = DifficultyModelTests.Bytes(DifficultyTrainer.Train(examples, options));

        Assert.Equal(first, DifficultyModelTests.Bytes(DifficultyTrainer.Train(examples, options)));
        Assert.NotEqual(first, DifficultyModelTests.Bytes(DifficultyTrainer.Train(examples, options with { Seed = 5 })));
    }

    [Fact]
    public void Train_PatternToLearn_IsFoundInPromptsNeverSeen()
    {
        var model = DifficultyTrainer.Train(Examples.Synthetic(600, 1), new DifficultyTrainingOptions());
        var held = Examples.Synthetic(400, 2);

        var report = SourceReport.Of("held", [.. held.Select(example => RoutedOutcome.Of(model, example))]);

        Assert.InRange(report.Apgr!.Value, 0.85, 1);
        Assert.InRange(report.Weak.Brier, 0, 0.1);
        Assert.InRange(report.Weak.ExpectedError, 0, 0.15);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Train_OneOutcomeOnly_StaysInsideTheInterval(bool outcome)
    {
        var model = DifficultyTrainer.Train(
            [.. Examples.Synthetic(80, 1).Select(example => example with { Weak = outcome, Strong = outcome })], new DifficultyTrainingOptions());

        var estimate = model.Estimate("Question about the river?");

        Assert.Equal(outcome, estimate.WeakSucceeds > 0.5);
        Assert.InRange(estimate.WeakSucceeds, 1e-6, 1 - 1e-6);
    }

    [Fact]
    public void Train_OneExample_GivesAModel()
    {
        var model = DifficultyTrainer.Train([new RoutingExample("s", "t", "", true, false)], new DifficultyTrainingOptions());

        Assert.True(model.Estimate("").StrongSucceeds is > 0 and < 1);
    }

    [Fact]
    public void Train_NoExample_IsRefused() =>
        Assert.Throws<ArgumentException>(() => DifficultyTrainer.Train([], new DifficultyTrainingOptions()));

    [Fact]
    public void Train_Cancelled_Stops() =>
        Assert.Throws<OperationCanceledException>(
            () => DifficultyTrainer.Train(Examples.Synthetic(50, 1), new DifficultyTrainingOptions(), new CancellationToken(canceled: true)));
}
