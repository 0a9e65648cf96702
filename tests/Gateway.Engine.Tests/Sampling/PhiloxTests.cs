using Gateway.Engine.Sampling;
using Xunit;

namespace Gateway.Engine.Tests.Sampling;

public sealed class PhiloxTests
{
    /// <summary>The known-answer vectors of the authors' library (Random123, kat_vectors: philox4x32 10).</summary>
    [Fact]
    public void Block_KnownAnswers_Match()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox.Block(0, 0, 0, 0, 0, 0));
        const uint Ones = uint.MaxValue;
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu), Philox.Block(Ones, Ones, Ones, Ones, Ones, Ones));
        Assert.Equal(
            (0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            Philox.Block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    [Fact]
    public void NextDouble_AnyInput_LiesBelowOne()
    {
        for (var counter = 0L; counter < 10_000; counter++)
        {
            Assert.InRange(Philox.NextDouble(-1, counter), 0, 1 - 1e-16);
        }
    }
}
