using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Gateway.Budgets.Tests;

public sealed class CounterIdTests
{
    private static readonly Gen<string> AnyText = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get.Replace("\ud800", ""))
        .Where(text => text.All(letter => !char.IsSurrogate(letter)));

    [Fact]
    public void Text_AnyCounter_HasNoSpaceAndReadsBack() => Check.QuickThrowOnFailure(
        Prop.ForAll((from limit in AnyText from scope in AnyText from window in AnyText select new CounterId(limit, scope, window)).ToArbitrary(), counter =>
        {
            string text = counter.ToString();
            Assert.DoesNotContain(text, char.IsWhiteSpace);
            Assert.Equal(counter, CounterId.Parse(text));
        }));

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a/b/c/d")]
    public void Parse_NoCounter_IsRefused(string text) => Assert.Throws<FormatException>(() => CounterId.Parse(text));
}
