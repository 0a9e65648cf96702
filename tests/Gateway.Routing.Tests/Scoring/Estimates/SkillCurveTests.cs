using FsCheck;
using FsCheck.Fluent;
using Gateway.Policies;
using Gateway.Routing.Difficulty;
using Xunit;

namespace Gateway.Routing.Tests.Scoring.Estimates;

public sealed class SkillCurveTests
{
    [Theory]
    [InlineData(0.5, 0.7)]
    [InlineData(0.9, 0.95)]
    [InlineData(0.2, 0.45)]
    public void QualityAt_SkillOfTheTwoModelsOfTheExamples_IsTheirEstimate(double weak, double strong)
    {
        var curve = new SkillCurve(new DifficultyEstimate(weak, strong));

        Assert.Equal(weak, curve.QualityAt(0.670), 6);
        Assert.Equal(strong, curve.QualityAt(0.816), 6);
        Assert.InRange(curve.QualityAt(0.75), weak, strong);
        Assert.InRange(curve.QualityAt(0.5), 0, weak);
        Assert.InRange(curve.QualityAt(0.95), strong, 1);
    }

    [Fact]
    public void QualityAt_EasyPrompt_IsHighForAll_HardOneTellsThemApart()
    {
        var easy = new SkillCurve(new DifficultyEstimate(0.97, 0.98));
        var hard = new SkillCurve(new DifficultyEstimate(0.3, 0.6));

        Assert.InRange(easy.QualityAt(0.9) - easy.QualityAt(0.5), 0, 0.1);
        Assert.InRange(easy.QualityAt(0.5), 0.9, 1);
        Assert.InRange(hard.QualityAt(0.9) - hard.QualityAt(0.5), 0.4, 1);
    }

    [Fact]
    public void QualityAt_AnyEstimateAndSkills_RisesWithSkillAndStaysAProbability() => Prop.ForAll(
        Gen.Choose(0, 1000).Select(value => value / 1000.0).Four().ToArbitrary(),
        values =>
        {
            var (weak, strong, skill, other) = values;
            var curve = new SkillCurve(new DifficultyEstimate(weak, strong));
            var (low, high) = (curve.QualityAt(Math.Min(skill, other)), curve.QualityAt(Math.Max(skill, other)));
            Assert.InRange(low, 0, high);
            Assert.InRange(high, low, 1);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(TaskKind.General, 0.1)]
    [InlineData(TaskKind.Extraction, 0.1)]
    [InlineData(TaskKind.Code, 0.2)]
    [InlineData(TaskKind.Math, 0.3)]
    [InlineData(TaskKind.Reasoning, 0.4)]
    [InlineData(TaskKind.Languages, 0.5)]
    public void SkillFor_Task_IsItsOwnSkillElseTheGeneralOne(TaskKind task, double expected)
    {
        Assert.Equal(expected, SkillCurve.SkillFor(task, new ModelSkills { General = 0.1, Code = 0.2, Math = 0.3, Reasoning = 0.4, Languages = 0.5 }));
        Assert.Equal(0.1, SkillCurve.SkillFor(task, new ModelSkills { General = 0.1 }));
    }
}
