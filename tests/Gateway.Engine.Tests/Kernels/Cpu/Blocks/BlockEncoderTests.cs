using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu.Blocks;

public sealed class BlockEncoderTests
{
    [Theory]
    [InlineData(nameof(WeightFormat.Q8_0), 1 / 254.0)]
    [InlineData(nameof(WeightFormat.Q4_0), 1 / 8.0)]
    public void Encode_RandomValues_ErrorsStayBelowAStep(string name, double largestShare)
    {
        var format = Enum.Parse<WeightFormat>(name);
        var random = new Random(5);
        for (var round = 0; round < 500; round++)
        {
            var size = MathF.Pow(10, random.Next(-1, 4));
            var values = Enumerable.Range(0, 64).Select(_ => ((random.NextSingle() * 2) - 1) * size).ToArray();
            var decoded = RoundTrip(format, values);
            for (var block = 0; block < 2; block++)
            {
                // Half a binary16 step of the scale comes on top, times the number that it multiplies.
                var largest = values.AsSpan(block * 32, 32).ToArray().Max(MathF.Abs);
                for (var i = block * 32; i < (block + 1) * 32; i++)
                {
                    Assert.True(Math.Abs(values[i] - decoded[i]) <= largest * (largestShare + 0.001), $"{name}: {values[i]} became {decoded[i]}");
                }
            }
        }
    }

    [Theory]
    [InlineData(nameof(WeightFormat.Q8_0))]
    [InlineData(nameof(WeightFormat.Q4_0))]
    public void Encode_Zeros_StayZeros(string name) => Assert.All(RoundTrip(Enum.Parse<WeightFormat>(name), new float[32]), value => Assert.Equal(0, value));

    [Theory]
    [InlineData(nameof(WeightFormat.Q8_0))]
    [InlineData(nameof(WeightFormat.Q4_0))]
    public void Encode_ValuesBeyondTheScale_StayFinite(string name)
    {
        var values = new float[32];
        (values[3], values[4]) = (float.MaxValue, float.MinValue);
        Assert.All(RoundTrip(Enum.Parse<WeightFormat>(name), values), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Encode_OtherFormat_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BlockEncoder.Encode(WeightFormat.Q6_K, new float[256], new byte[210]));

    private static float[] RoundTrip(WeightFormat format, float[] values)
    {
        var blocks = new byte[WeightLayout.Of(format).RowBytes(values.Length)];
        BlockEncoder.Encode(format, values, blocks);
        var decoded = new float[values.Length];
        BlockDecoder.Decode(format, blocks, decoded);
        return decoded;
    }
}
