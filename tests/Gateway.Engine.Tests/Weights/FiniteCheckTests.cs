using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Weights;

public sealed class FiniteCheckTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void AllFinite_OneValueIsNot_IsFoundAtEveryPlace(float value)
    {
        for (var place = 0; place < 40; place++)
        {
            var values = new float[40];
            Assert.True(FiniteCheck.AllFinite(values));
            values[place] = value;
            Assert.False(FiniteCheck.AllFinite(values));
            Assert.False(FiniteCheck.AllFinite([.. values.Select(number => BitConverter.HalfToUInt16Bits((Half)number))], WeightFormat.Float16));
            Assert.False(FiniteCheck.AllFinite([.. values.Select(number => (ushort)(BitConverter.SingleToUInt32Bits(number) >> 16))], WeightFormat.BFloat16));
        }
    }

    [Fact]
    public void AllFinite_LargestValues_AreFinite()
    {
        Assert.True(FiniteCheck.AllFinite([float.MaxValue, float.MinValue, float.Epsilon]));
        Assert.True(FiniteCheck.AllFinite([BitConverter.HalfToUInt16Bits(Half.MaxValue), BitConverter.HalfToUInt16Bits(Half.MinValue)], WeightFormat.Float16));
        Assert.True(FiniteCheck.AllFinite([0x7F7F, 0xFF7F], WeightFormat.BFloat16));
    }
}
