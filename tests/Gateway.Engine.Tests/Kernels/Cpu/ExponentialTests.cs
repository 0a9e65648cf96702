using System.Runtime.Intrinsics;
using Gateway.Engine.Kernels.Cpu;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu;

public sealed class ExponentialTests
{
    [Fact]
    public void Of_WholeRange_IsOffByAtMostTwoUnitsInTheLastPlace()
    {
        var worst = 0.0;
        for (var x = -87.3f; x < 88.3f; x += 0.000_917f)
        {
            var expected = Math.Exp(x);
            var unit = MathF.BitIncrement((float)expected) - (double)(float)expected;
            worst = Math.Max(worst, Math.Abs(Exponential.Of(Vector512.Create(x))[3] - expected) / unit);
        }

        Assert.InRange(worst, 0.3, 2);
    }

    [Fact]
    public void Of_ZeroAndBeyondTheRange_IsOneAndTheLimits()
    {
        Assert.Equal(1, Exponential.Of(Vector512<float>.Zero)[0]);
        Assert.InRange(Exponential.Of(Vector512.Create(float.NegativeInfinity))[0], 0, 1.3e-38f);
        Assert.InRange(Exponential.Of(Vector512.Create(float.PositiveInfinity))[0], 2e38f, float.MaxValue);
    }
}
