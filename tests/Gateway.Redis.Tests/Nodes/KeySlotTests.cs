using System.Text;
using Gateway.Redis.Nodes;
using Xunit;

namespace Gateway.Redis.Tests.Nodes;

public sealed class KeySlotTests
{
    /// <summary>The first is the check value of the specification, 0x31C3; the others are what CLUSTER KEYSLOT says.</summary>
    [Theory]
    [InlineData("123456789", 0x31C3)]
    [InlineData("foo", 12182)]
    [InlineData("gateway:{foo}:v1:holds", 12182)]
    [InlineData("{foo}{bar}", 12182)]
    [InlineData("", 0)]
    public void Of_Key_IsTheSlotOfItsTag(string key, int slot) => Assert.Equal(slot, KeySlot.Of(Encoding.UTF8.GetBytes(key)));

    [Theory]
    [InlineData("foo{}{bar}")]
    [InlineData("foo{bar")]
    public void Of_KeyWithoutATag_IsThatOfTheWholeKey(string key) =>
        Assert.NotEqual(KeySlot.Of(Encoding.UTF8.GetBytes("bar")), KeySlot.Of(Encoding.UTF8.GetBytes(key)));
}
