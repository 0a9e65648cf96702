using Gateway.Engine.KvCache;
using Xunit;

namespace Gateway.Engine.Tests.KvCache;

public sealed class BlockManagerTests
{
    private const int BlockSize = 8;

    private readonly BlockManager _blocks = new(4, BlockSize);
    private readonly BlockTable _table = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(32, 4)]
    public void TryGrow_Tokens_TakesWholeBlocks(int tokens, int expected)
    {
        Assert.True(_blocks.TryGrow(_table, tokens));
        Assert.Equal(expected, _table.Count);
        Assert.Equal((4 - expected, expected), (_blocks.FreeBlocks, _blocks.HeldBlocks));
    }

    [Fact]
    public void TryGrow_LongEnoughAlready_TakesNothing()
    {
        _blocks.TryGrow(_table, 17);
        Assert.True(_blocks.TryGrow(_table, 24));
        Assert.Equal(3, _table.Count);
    }

    [Fact]
    public void TryGrow_TooFewAvailable_ChangesNothing()
    {
        _blocks.TryGrow(new BlockTable(), 16);
        Assert.False(_blocks.TryGrow(_table, 17));
        Assert.Equal((0, 2), (_table.Count, _blocks.FreeBlocks));
    }

    [Fact]
    public void Release_Table_FreesItsBlocksAndLeavesTheEntriesToWhoStillReadsThem()
    {
        _blocks.TryGrow(_table, 32);
        var (entries, copy) = (_table.Blocks, _table.Held.ToArray());
        _blocks.Release(_table);
        Assert.Equal((0, 4), (_table.Count, _blocks.FreeBlocks));
        Assert.Equal(copy, entries[..4]);
        _blocks.CheckIntegrity([_table]);
    }

    [Fact]
    public void TryAdmit_NothingKnown_TakesNewBlocks()
    {
        Assert.Equal(0, Admit(_table, Tokens(20)));
        Assert.Equal(3, _table.Count);
    }

    [Fact]
    public void TryAdmit_WhileTheFirstIsHeld_SharesItsFullBlocks()
    {
        Publish(_table, Tokens(20));
        var other = new BlockTable();
        Assert.Equal(16, Admit(other, Tokens(24)));
        Assert.Equal(_table.Held[..2].ToArray(), other.Held[..2].ToArray());
        Assert.NotEqual(_table.Held[2], other.Held[2]);
        Assert.Equal((0, 0, 4), (_blocks.FreeBlocks, _blocks.CachedBlocks, _blocks.HeldBlocks));
        _blocks.Release(_table);
        Assert.Equal((1, 0, 3), (_blocks.FreeBlocks, _blocks.CachedBlocks, _blocks.HeldBlocks));
        _blocks.CheckIntegrity([other]);
    }

    [Fact]
    public void TryAdmit_AfterTheRelease_StillFindsThem()
    {
        Publish(_table, Tokens(20));
        _blocks.Release(_table);
        Assert.Equal((2, 2, 0), (_blocks.FreeBlocks, _blocks.CachedBlocks, _blocks.HeldBlocks));
        Assert.Equal(16, Admit(_table, Tokens(20)));
        _blocks.CheckIntegrity([_table]);
    }

    [Theory]
    [InlineData(16, 8)]
    [InlineData(17, 16)]
    [InlineData(8, 0)]
    public void TryAdmit_WholePromptIsKnown_LeavesATokenToCompute(int tokens, int found)
    {
        Publish(_table, Tokens(24));
        _blocks.Release(_table);
        Assert.Equal(found, Admit(_table, Tokens(tokens)));
    }

    [Theory]
    [InlineData(15, 8)]
    [InlineData(16, 16)]
    [InlineData(0, 0)]
    public void TryAdmit_OnlySomeMayBeReused_FindsNoMore(int reusable, int found)
    {
        Publish(_table, Tokens(24));
        _blocks.Release(_table);
        Assert.Equal(found, _blocks.TryAdmit(_table, CacheScope.Shared, Tokens(24), reusable, reserve: 0));
    }

    [Fact]
    public void TryAdmit_BeforeItIsPublished_FindsNothing()
    {
        Admit(_table, Tokens(16));
        Assert.Equal(0, Admit(new BlockTable(), Tokens(16)));
    }

    [Fact]
    public void TryAdmit_OtherBeginning_DoesNotFindTheSameTokensLaterOn()
    {
        Publish(_table, [.. Tokens(8), .. Tokens(8), 1]);
        _blocks.Release(_table);
        Assert.Equal(8, Admit(_table, [.. Tokens(8), .. Enumerable.Repeat(99, 8), 1]));
        _blocks.Release(_table);
        Assert.Equal(0, Admit(_table, [.. Enumerable.Repeat(99, 8), .. Tokens(8), 1]));
    }

    [Theory]
    [InlineData("red", null, false)]
    [InlineData(null, "lora", false)]
    [InlineData("red", "lora", false)]
    [InlineData("blue", "lora", false)]
    [InlineData("blue", null, true)]
    public void TryAdmit_OtherScope_FindsNothing(string? salt, string? adapter, bool isFound)
    {
        Admit(_table, Tokens(16));
        _blocks.Publish(_table, new CacheScope("blue"), Tokens(16));
        _blocks.Release(_table);
        var found = _blocks.TryAdmit(_table, new CacheScope(salt, adapter), Tokens(17), int.MaxValue, reserve: 0);
        Assert.Equal(isFound ? 16 : 0, found);
    }

    [Fact]
    public void TryAdmit_Reserve_MustRemainAvailable()
    {
        Assert.Null(_blocks.TryAdmit(_table, CacheScope.Shared, Tokens(17), int.MaxValue, reserve: 2));
        Assert.Equal((0, 4), (_table.Count, _blocks.FreeBlocks));
        Assert.NotNull(_blocks.TryAdmit(_table, CacheScope.Shared, Tokens(17), int.MaxValue, reserve: 1));
    }

    [Fact]
    public void TryAdmit_TooFewWithTheKnownOnes_ChangesNothing()
    {
        Publish(_table, Tokens(16));
        _blocks.Release(_table);
        var other = new BlockTable();
        _blocks.TryGrow(other, 16);

        // Two more are needed beside the two that are known; those are available once only.
        Assert.Null(_blocks.TryAdmit(_table, CacheScope.Shared, Tokens(25), int.MaxValue, reserve: 0));
        Assert.Equal((0, 2), (_table.Count, _blocks.CachedBlocks));
        _blocks.CheckIntegrity([_table, other]);
        Assert.Equal(8, Admit(_table, Tokens(16)));
    }

    [Fact]
    public void TryGrow_NoFreeOnesLeft_GivesAwayTheEndOfTheLeastRecentlyUsedPrefix()
    {
        Publish(_table, Tokens(24));
        _blocks.Release(_table);
        var other = new BlockTable();
        _blocks.TryGrow(other, 16);
        Assert.Equal((0, 2, 1L), (_blocks.FreeBlocks, _blocks.CachedBlocks, _blocks.Evictions));
        _blocks.Release(other);
        Assert.Equal(16, Admit(_table, Tokens(24)));
        _blocks.CheckIntegrity([_table]);
    }

    [Fact]
    public void TryGrow_SeveralPrefixes_KeepsTheOneThatWasUsedLast()
    {
        int[] red = [.. Enumerable.Repeat(1, 9)], blue = [.. Enumerable.Repeat(2, 9)];
        foreach (var prefix in new[] { red, blue, red })
        {
            Publish(_table, prefix);
            _blocks.Release(_table);
        }

        _blocks.TryGrow(_table, 24);
        _blocks.Release(_table);
        Assert.Equal(0, Admit(_table, blue));
        _blocks.Release(_table);
        Assert.Equal(8, Admit(_table, red));
    }

    [Fact]
    public void Publish_SameContentAtTheSameTime_ComesToBeShared()
    {
        var other = new BlockTable();
        Admit(_table, Tokens(17)[..16]);
        Admit(other, Tokens(16));
        var given = other.Held.ToArray();
        _blocks.Publish(_table, CacheScope.Shared, Tokens(16));
        _blocks.Publish(other, CacheScope.Shared, Tokens(16));
        Assert.Equal(_table.Held.ToArray(), other.Held.ToArray());
        Assert.NotEqual(given, other.Held.ToArray());
        Assert.Equal((2, 2), (_blocks.FreeBlocks, _blocks.HeldBlocks));
        _blocks.CheckIntegrity([_table, other]);
    }

    [Fact]
    public void Publish_SomeTokensAtATime_FindsWholeBlocksOnly()
    {
        Admit(_table, Tokens(30));
        foreach (var computed in (int[])[3, 11, 11, 24])
        {
            _blocks.Publish(_table, CacheScope.Shared, Tokens(computed));
        }

        _blocks.Release(_table);
        Assert.Equal((1, 3), (_blocks.FreeBlocks, _blocks.CachedBlocks));
        Assert.Equal(24, Admit(_table, Tokens(30)));
    }

    [Fact]
    public void Discard_FailedSequence_IsFoundNoMore()
    {
        Publish(_table, Tokens(20));
        var sharing = new BlockTable();
        Admit(sharing, Tokens(20));
        _blocks.Discard(_table);
        _blocks.CheckIntegrity([sharing]);
        _blocks.Release(sharing);
        Assert.Equal((4, 0), (_blocks.FreeBlocks, _blocks.CachedBlocks));
        Assert.Equal(0, Admit(_table, Tokens(20)));
    }

    [Fact]
    public void TryAdmit_HashesCollide_ComparesTokensScopeAndWhatPrecedes()
    {
        var blocks = new BlockManager(6, 2, new SameHash());
        BlockTable table = new(), other = new();
        Admit([1, 2, 3, 4, 5], table);
        blocks.Publish(table, CacheScope.Shared, [1, 2, 3, 4]);

        // One hash leads to one block: the first was published, and nothing else could be.
        Assert.Equal(2, Admit([1, 2, 9, 9], other));
        blocks.Publish(other, CacheScope.Shared, [1, 2, 9, 9]);
        blocks.Release(other);
        Assert.Equal(0, Admit([9, 9, 1, 2, 5], other));
        blocks.Release(other);
        Assert.Equal(0, blocks.TryAdmit(other, new CacheScope("other"), [1, 2, 3], int.MaxValue, reserve: 0));
        blocks.Release(other);
        Assert.Equal(2, Admit([1, 2, 1, 2, 5], other));
        blocks.CheckIntegrity([table, other]);

        int? Admit(int[] tokens, BlockTable to) => blocks.TryAdmit(to, CacheScope.Shared, tokens, int.MaxValue, reserve: 0);
    }

    [Fact]
    public void CheckIntegrity_LostBlock_IsFound()
    {
        _blocks.TryGrow(_table, 8);
        Assert.Contains("held by 0 sequences", Assert.Throws<InvalidOperationException>(() => _blocks.CheckIntegrity([])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckIntegrity_BlockHeldTwice_IsFound()
    {
        _blocks.TryGrow(_table, 8);
        Assert.Contains("held by 2 sequences", Assert.Throws<InvalidOperationException>(() => _blocks.CheckIntegrity([_table, _table])).Message, StringComparison.Ordinal);
    }

    private static int[] Tokens(int count) => [.. Enumerable.Range(100, count)];

    private int? Admit(BlockTable table, int[] tokens) => _blocks.TryAdmit(table, CacheScope.Shared, tokens, int.MaxValue, reserve: 0);

    private void Publish(BlockTable table, int[] tokens)
    {
        Assert.NotNull(Admit(table, tokens));
        _blocks.Publish(table, CacheScope.Shared, tokens);
    }

    private sealed class SameHash : PrefixHash
    {
        public override ulong Root(CacheScope scope) => 7;

        public override ulong Next(ulong parent, ReadOnlySpan<int> tokens) => 7;
    }
}
