using Gateway.Engine.Kernels.Cpu;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu;

public sealed class Float8Tests
{
    [Fact]
    public void Encode_EveryValue_IsItsCode()
    {
        foreach (var code in Enumerable.Range(0, 256).Select(code => (byte)code).Where(code => float.IsFinite(Float8.Value(code))))
        {
            Assert.Equal(code, Float8.Encode(Float8.Value(code)));
        }
    }

    [Theory]
    [InlineData(1.06f, 0x38)] // between 1 and 1.125
    [InlineData(1.0625f, 0x38)] // in the middle: the even one
    [InlineData(1.1875f, 0x3A)]
    [InlineData(1.07f, 0x39)]
    [InlineData(-1.07f, 0xB9)]
    [InlineData(0.0009f, 0x00)] // the least is 2^-9
    [InlineData(0.001f, 0x01)]
    [InlineData(-0f, 0x80)]
    [InlineData(1000f, 0x7E)]
    [InlineData(float.NegativeInfinity, 0xFE)]
    [InlineData(float.NaN, 0x7F)]
    public void Encode_AnyNumber_IsTheNearestCode(float value, byte expected) => Assert.Equal(expected, Float8.Encode(value));
}
