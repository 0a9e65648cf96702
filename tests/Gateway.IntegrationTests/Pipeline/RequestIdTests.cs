using Gateway.Pipeline;
using Xunit;

namespace Gateway.IntegrationTests.Pipeline;

public sealed class RequestIdTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 13, 30, 0, 123, TimeSpan.Zero);

    [Fact]
    public void New_AnyTime_IsAVersion7UuidOfThatTime()
    {
        var id = RequestId.New(Now);
        Assert.StartsWith("req_", id, StringComparison.Ordinal);
        var uuid = Guid.ParseExact(id[4..], "N");
        Assert.Equal(7, uuid.Version);
        Assert.InRange(uuid.Variant, 8, 11);
        Assert.Equal(Now.ToUnixTimeMilliseconds(), Convert.ToInt64(id[4..16], 16));
    }

    [Fact]
    public void New_ManyByManyThreads_AreAllDifferentAndSortByTime()
    {
        var ids = new string[20_000];
        Parallel.For(0, ids.Length, i => ids[i] = RequestId.New(Now));
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ids, id => Assert.True(string.CompareOrdinal(id, RequestId.New(Now.AddMilliseconds(1))) < 0));

        // No bit of the random ones is stuck.
        var parts = ids.Select(id => Guid.ParseExact(id[4..], "N").ToByteArray(bigEndian: true)).ToList();
        for (var bit = 52; bit < 128; bit++)
        {
            if (bit is not (64 or 65))
            {
                Assert.InRange(parts.Count(bytes => (bytes[bit / 8] >> (7 - (bit % 8)) & 1) == 1), ids.Length * 4 / 10, ids.Length * 6 / 10);
            }
        }
    }
}
