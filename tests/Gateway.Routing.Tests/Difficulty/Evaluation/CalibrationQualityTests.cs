using Gateway.Routing.Difficulty.Evaluation;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty.Evaluation;

public sealed class CalibrationQualityTests
{
    [Fact]
    public void Measure_ByHand_GivesBrierAndExpectedError()
    {
        var quality = CalibrationQuality.Measure([(0.9, true), (0.95, false), (0.2, false), (0.1, false)]);

        Assert.Equal((0.01 + 0.9025 + 0.04 + 0.01) / 4, quality.Brier, 12);
        Assert.Equal((0.85 + 0.2 + 0.1) / 4, quality.ExpectedError, 12);
    }

    [Fact]
    public void Measure_CertainAndRight_IsZero() =>
        Assert.Equal(new CalibrationQuality(0, 0), CalibrationQuality.Measure([(1, true), (0, false)]));
}
