using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Synthesis;

public sealed class SuperBlockEncoderTests
{
    [Theory]
    [InlineData(nameof(WeightFormat.Q4_K), 32, 1 / 15.0)]
    [InlineData(nameof(WeightFormat.Q6_K), 16, 1 / 32.0)]
    public void Encode_RandomValues_ErrorsStayBelowAStep(string name, int part, double stepShare)
    {
        var format = Enum.Parse<WeightFormat>(name);
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var size = MathF.Pow(10, random.Next(-2, 3));
            var offset = random.NextSingle() - 0.5f;
            var values = Enumerable.Range(0, 512).Select(_ => (random.NextSingle() - 0.5f + offset) * size).ToArray();
            var decoded = RoundTrip(format, values);
            for (var i = 0; i < values.Length; i++)
            {
                // Scales and minima are rounded to a sixty-third, or a hundred and twenty-seventh, of the largest of the block.
                var range = values.Skip(i / part * part).Take(part).Append(0).Max() - values.Skip(i / part * part).Take(part).Append(0).Min();
                var largest = values.Skip(i / 256 * 256).Take(256).Max(MathF.Abs);
                Assert.True(
                    Math.Abs(values[i] - decoded[i]) <= (range * stepShare) + (largest * 0.035), $"{name}: {values[i]} became {decoded[i]}");
            }
        }
    }

    [Theory]
    [InlineData(nameof(WeightFormat.Q4_K))]
    [InlineData(nameof(WeightFormat.Q6_K))]
    public void Encode_ValuesOnTheGrid_ComeBackExactly(string name)
    {
        // Scales of 1 to 16 and every number that fits, with d = 1 and no minimum: nothing is left to round.
        var format = Enum.Parse<WeightFormat>(name);
        var (part, numbers) = format == WeightFormat.Q4_K ? (32, 16) : (16, 64);
        var values = new float[256];
        for (var i = 0; i < values.Length; i++)
        {
            var scale = i / part == 0 ? (format == WeightFormat.Q4_K ? 63 : 127) : (i / part) + 1;
            var number = i % part == 0 ? (format == WeightFormat.Q4_K ? 15 : -32) : (i * 7 % numbers) - (format == WeightFormat.Q4_K ? 0 : 32);
            values[i] = scale * number;
        }

        Assert.Equal(values, RoundTrip(format, values));
    }

    [Theory]
    [InlineData(nameof(WeightFormat.Q4_K))]
    [InlineData(nameof(WeightFormat.Q6_K))]
    public void Encode_Zeros_StayZeros(string name) => Assert.All(RoundTrip(Enum.Parse<WeightFormat>(name), new float[256]), value => Assert.Equal(0, value));

    [Fact]
    public void Encode_OtherFormat_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SuperBlockEncoder.Encode(WeightFormat.Q8_0, new float[256], new byte[272]));

    private static float[] RoundTrip(WeightFormat format, float[] values)
    {
        var blocks = new byte[WeightLayout.Of(format).RowBytes(values.Length)];
        SuperBlockEncoder.Encode(format, values, blocks);
        var decoded = new float[values.Length];
        BlockDecoder.Decode(format, blocks, decoded);
        return decoded;
    }
}
