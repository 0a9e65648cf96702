using Gateway.Engine.KvCache;
using Xunit;

namespace Gateway.Engine.Tests.KvCache;

public sealed class PrefixHashTests
{
    private readonly PrefixHash _hash = new();

    [Fact]
    public void Next_SameChain_IsTheSame() =>
        Assert.Equal(Chain(CacheScope.Shared, [1, 2], [3, 4]), Chain(new CacheScope(Salt: null), [1, 2], [3, 4]));

    [Fact]
    public void Next_OtherTokensOrderOrScope_IsAnother()
    {
        ulong[] chains =
        [
            Chain(CacheScope.Shared, [1, 2], [3, 4]),
            Chain(CacheScope.Shared, [3, 4], [1, 2]),
            Chain(CacheScope.Shared, [2, 1], [3, 4]),
            Chain(CacheScope.Shared, [1, 2]),
            Chain(new CacheScope("salt"), [1, 2], [3, 4]),
            Chain(new CacheScope("salt", "adapter"), [1, 2], [3, 4]),
        ];
        Assert.Distinct(chains);
    }

    private ulong Chain(CacheScope scope, params int[][] blocks) => blocks.Aggregate(_hash.Root(scope), (hash, block) => _hash.Next(hash, block));
}
