using Gateway.Engine.Kernels.Cpu;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu;

public sealed class NormalizationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(77)]
    public void SiluMultiply_AnyLength_IsNearTheExactResultWhereverARowEnds(int length)
    {
        var random = new Random(2);
        float[] gate = [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() - 0.5f) * 60)], up = [.. gate.Select(value => value / 3)];
        var result = (float[])gate.Clone();
        Normalization.SiluMultiply(result, up);
        for (var i = 0; i < length; i++)
        {
            var exact = gate[i] / (1 + Math.Exp(-gate[i])) * up[i];
            Assert.Equal(exact, result[i], 1e-6 * Math.Max(1, Math.Abs(exact)));
            float[] alone = [gate[i]];
            Normalization.SiluMultiply(alone, [up[i]]);
            Assert.Equal(alone[0], result[i]);
        }
    }

    [Fact]
    public void SiluMultiply_FarFromZero_GoesToTheLimits()
    {
        float[] gate = [-200, 200, -1e30f];
        Normalization.SiluMultiply(gate, [1, 1, 1]);
        Assert.Equal(0, gate[0], 1e-30f);
        Assert.Equal(200, gate[1]);
        Assert.Equal(0, gate[2], 1e-7f);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    [InlineData(50)]
    public void Rotations_AnyNumberOfPairs_GiveTheBitsOfTheFormula(int pairs)
    {
        var random = new Random(4);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var (x, cos, sin) = (Values(2 * pairs), Values(pairs), Values(pairs));
        var (interleaved, halves) = ((float[])x.Clone(), (float[])x.Clone());
        Rotation.RotateInterleaved(interleaved, cos, sin);
        Rotation.RotateHalves(halves, cos, sin);
        for (var i = 0; i < pairs; i++)
        {
            Assert.Equal((x[2 * i] * cos[i]) - (x[(2 * i) + 1] * sin[i]), interleaved[2 * i]);
            Assert.Equal((x[2 * i] * sin[i]) + (x[(2 * i) + 1] * cos[i]), interleaved[(2 * i) + 1]);
            Assert.Equal((x[i] * cos[i]) - (x[i + pairs] * sin[i]), halves[i]);
            Assert.Equal((x[i + pairs] * cos[i]) + (x[i] * sin[i]), halves[i + pairs]);
        }
    }
}
