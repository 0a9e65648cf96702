using Gateway.Engine.KvCache;
using Xunit;

namespace Gateway.Engine.Tests.KvCache;

public sealed class BlockListTests
{
    private readonly BlockList _list = new(5);

    [Fact]
    public void Enumerate_Empty_IsEmpty()
    {
        Assert.Empty(_list.Enumerate());
        Assert.Equal(0, _list.Count);
    }

    [Fact]
    public void Add_BothEnds_KeepsTheOrder()
    {
        _list.AddLast(3);
        _list.AddFirst(0);
        _list.AddLast(4);
        Assert.Equal([0, 3, 4], _list.Enumerate());
        Assert.Equal((0, 3), (_list.First, _list.Count));
    }

    [Theory]
    [InlineData(0, new[] { 1, 2 })]
    [InlineData(1, new[] { 0, 2 })]
    [InlineData(2, new[] { 0, 1 })]
    public void Remove_Anywhere_ClosesTheGap(int block, int[] left)
    {
        _list.AddLast(0);
        _list.AddLast(1);
        _list.AddLast(2);
        _list.Remove(block);
        Assert.Equal(left, _list.Enumerate());
        _list.AddLast(block);
        Assert.Equal([.. left, block], _list.Enumerate());
    }
}
