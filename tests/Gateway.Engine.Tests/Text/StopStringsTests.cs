using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Text;
using Xunit;

namespace Gateway.Engine.Tests.Text;

public sealed class StopStringsTests
{
    private static readonly Gen<string> ShortText = from characters in Gen.NonEmptyListOf(Gen.Elements("a", "b", "c", "é", "👋")) select string.Concat(characters);

    private static readonly Gen<(string[] Stops, string[] Pieces)> Cases =
        from stops in Gen.ListOf(from stop in ShortText where stop.Length <= 8 select stop)
        from pieces in Gen.ListOf(ShortText)
        select (stops.ToArray(), pieces.ToArray());

    [Fact]
    public void Next_AnyPieces_GivesTheTextBeforeTheStopThatEndsFirst() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(Cases.ToArbitrary(), sample =>
        {
            var expected = Cut(string.Concat(sample.Pieces), sample.Stops);
            var filter = new StopStrings(sample.Stops);
            var shown = "";
            foreach (var piece in sample.Pieces)
            {
                shown += filter.Next(piece);

                // What has been shown is never taken back.
                Assert.StartsWith(shown, expected, StringComparison.Ordinal);
            }

            Assert.Equal(expected, shown + filter.Flush());
            Assert.Equal(expected.Length < string.Concat(sample.Pieces).Length, filter.IsStopped);
        }));

    [Fact]
    public void Next_NothingLikeAStop_HoldsNothingBack()
    {
        var filter = new StopStrings(["###"]);
        Assert.Equal("abc", filter.Next("abc"));
        Assert.Equal("d", filter.Next("d#"));
        Assert.Equal("#e", filter.Next("e"));
        Assert.Equal("", filter.Flush());
    }

    [Fact]
    public void Next_AfterTheStop_GivesNothing()
    {
        var filter = new StopStrings(["b"]);
        Assert.Equal("a", filter.Next("abc"));
        Assert.Equal("", filter.Next("d") + filter.Flush());
        Assert.True(filter.IsStopped);
    }

    [Theory]
    [InlineData("xabcd", "abcd,bc", "xa")]
    [InlineData("xabc", "bc,abc", "x")]
    public void Next_OverlappingStops_CutsAtTheOneThatIsCompleteFirst(string text, string stops, string expected)
    {
        var whole = new StopStrings(stops.Split(','));
        Assert.Equal(expected, whole.Next(text));
        var torn = new StopStrings(stops.Split(','));
        Assert.Equal(expected, string.Concat(text.Select(character => torn.Next(character.ToString()))));
    }

    /// <summary>By definition: the shortest beginning of the text that ends with a stop string, without the longest that it ends with.</summary>
    private static string Cut(string text, string[] stops)
    {
        for (var length = 1; length <= text.Length; length++)
        {
            var longest = stops.Where(stop => text.AsSpan(0, length).EndsWith(stop, StringComparison.Ordinal)).Select(stop => stop.Length).DefaultIfEmpty().Max();
            if (longest > 0)
            {
                return text[..(length - longest)];
            }
        }

        return text;
    }
}
