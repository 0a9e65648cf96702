using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Testing;

public sealed class WaitTests
{
    [Fact]
    public async Task Until_ConditionTurnsTrue_Returns()
    {
        int asked = 0;

        await Wait.UntilAsync(() => ++asked == 3);

        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Until_NeverTrue_NamesTheCondition()
    {
        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() => Wait.UntilAsync(() => 1 > 2, TimeSpan.Zero));

        Assert.Contains("1 > 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TempFolder_Disposed_IsGoneWithItsFiles()
    {
        string path;
        using (var folder = new TempFolder())
        {
            path = folder.Write("a/b.txt", "text");
            Assert.Equal("text", File.ReadAllText(path));
        }

        Assert.False(File.Exists(path));
    }
}
