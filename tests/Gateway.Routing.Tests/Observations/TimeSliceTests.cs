using Xunit;

namespace Gateway.Routing.Tests.Observations;

public sealed class TimeSliceTests
{
    [Fact]
    public void Weight_OfEveryAge_HalvesByTheMinuteUntilTheEnd()
    {
        for (int age = 0; age < TimeSlice.Window; age++)
        {
            Assert.Equal(Math.Pow(0.5, age / 6.0), (double)TimeSlice.Weight(1000 - age, 1000) / TimeSlice.One, 2.0 / TimeSlice.One);
        }

        Assert.Equal(0, TimeSlice.Weight(1000 - TimeSlice.Window, 1000));
    }

    [Theory]
    [InlineData(1003, TimeSlice.One)]
    [InlineData(1004, 0)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MinValue, 0)]
    public void Weight_AheadOfTheClockOrOutOfTime_IsFullOrNothing(long slice, long expected) => Assert.Equal(expected, TimeSlice.Weight(slice, 1000));

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0)]
    [InlineData("1970-01-01T00:00:19.999Z", 1)]
    [InlineData("1969-12-31T23:59:59Z", -1)]
    [InlineData("0001-01-01T00:00:00Z", -6213559680)]
    public void Of_AnyTime_IsItsTenSeconds(string time, long expected) =>
        Assert.Equal(expected, TimeSlice.Of(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture)));
}
