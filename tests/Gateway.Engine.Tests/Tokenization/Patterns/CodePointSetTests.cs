using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Tokenization.Patterns;
using Xunit;

namespace Gateway.Engine.Tests.Tokenization.Patterns;

public sealed class CodePointSetTests
{
    private static readonly Arbitrary<int[]> Points = Gen.Choose(0, 0x10FFFF).ArrayOf().ToArbitrary();

    [Fact]
    public void SetOperations_AnySets_AgreeWithMembership() =>
        Prop.ForAll(Points, Points, (left, right) =>
        {
            var a = CodePointSet.FromRanges(left.Select(c => (c, Math.Min(c + 3, 0x10FFFF))));
            var b = CodePointSet.FromRanges(right.Select(c => (c, c)));
            return left.Concat(right).Concat([0, 0xFFFF, 0x10000, 0x10FFFF]).All(c =>
                a.Union(b).Contains(c) == (a.Contains(c) || b.Contains(c))
                && a.Intersect(b).Contains(c) == (a.Contains(c) && b.Contains(c))
                && a.Complement().Contains(c) != a.Contains(c));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Complement_EmptyAndAll_AreEachOther()
    {
        Assert.True(CodePointSet.All.Complement().IsEmpty);
        Assert.Equal([(0, 0x10FFFF)], CodePointSet.Empty.Complement().Ranges);
    }

    [Theory]
    [InlineData('k', "4B 6B 212A")]
    [InlineData('s', "53 73 17F")]
    [InlineData('σ', "3A3 3C2-3C3")]
    [InlineData('!', "21")]
    public void IgnoreCase_Letter_HoldsItsOtherForms(char letter, string expected) =>
        Assert.Equal(expected, CodePointSet.Of(letter).IgnoreCase().ToString());
}
