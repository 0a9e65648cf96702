using Gateway.Engine.KvCache;
using Xunit;

namespace Gateway.Engine.Tests.KvCache;

public sealed class BlockManagerTests
{
    private readonly BlockManager _blocks = new(4, 8);
    private readonly List<int> _table = [];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(32, 4)]
    public void TryGrow_Tokens_TakesWholeBlocks(int tokens, int expected)
    {
        Assert.True(_blocks.TryGrow(_table, tokens));
        Assert.Equal(expected, _table.Count);
        Assert.Equal(4 - expected, _blocks.FreeBlocks);
    }

    [Fact]
    public void TryGrow_LongEnoughAlready_TakesNothing()
    {
        _blocks.TryGrow(_table, 17);
        Assert.True(_blocks.TryGrow(_table, 24));
        Assert.Equal(3, _table.Count);
    }

    [Fact]
    public void TryGrow_TooFewFree_ChangesNothing()
    {
        List<int> other = [];
        _blocks.TryGrow(other, 16);
        Assert.False(_blocks.TryGrow(_table, 17));
        Assert.Empty(_table);
        Assert.Equal(2, _blocks.FreeBlocks);
    }

    [Fact]
    public void Release_Table_FreesItsBlocks()
    {
        _blocks.TryGrow(_table, 32);
        _blocks.Release(_table);
        Assert.Empty(_table);
        Assert.Equal(4, _blocks.FreeBlocks);
        _blocks.CheckIntegrity([_table]);
    }

    [Fact]
    public void CheckIntegrity_LostBlock_IsFound()
    {
        _blocks.TryGrow(_table, 8);
        Assert.Contains("lost", Assert.Throws<InvalidOperationException>(() => _blocks.CheckIntegrity([])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckIntegrity_BlockHeldTwice_IsFound()
    {
        _blocks.TryGrow(_table, 8);
        Assert.Contains("2 times", Assert.Throws<InvalidOperationException>(() => _blocks.CheckIntegrity([_table, _table])).Message, StringComparison.Ordinal);
    }
}
