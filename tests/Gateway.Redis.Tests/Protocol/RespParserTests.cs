using System.Text;
using Gateway.Redis.Protocol;
using Xunit;

namespace Gateway.Redis.Tests.Protocol;

public sealed class RespParserTests
{
    private const string Replies = "+OK\r\n:-42\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*2\r\n$1\r\nx\r\n-ERR inner\r\n$-1\r\n-NOSCRIPT gone\r\n";

    [Fact]
    public void TryRead_RepliesOfEveryKind_AreReadWhereverTheBytesAreTorn()
    {
        var bytes = Encoding.UTF8.GetBytes(Replies);
        for (int length = 0; length <= bytes.Length; length++)
        {
            var parser = new RespParser(bytes.AsSpan(0, length));
            List<RedisReply> replies = [];
            while (parser.TryRead(out var reply))
            {
                replies.Add(reply);
            }

            // What was whole is consumed to its last byte, and the rest is read from there.
            var rest = new RespParser(bytes.AsSpan(parser.Consumed));
            while (rest.TryRead(out var reply))
            {
                replies.Add(reply);
            }

            Assert.Equal(bytes.Length, parser.Consumed + rest.Consumed);
            Assert.Equal(9, replies.Count);
            Assert.Equal(("OK", -42, "a\r\nbc", ""), (replies[0].Text, replies[1].Integer, replies[2].Text, replies[3].Text));
            Assert.True(replies[4].IsNil && replies[5].IsNil);
            Assert.Empty(replies[6].Items);
            Assert.Equal((1, "x", "ERR inner", true), (replies[7].Items[0].Integer, replies[7].Items[1].Items[0].Text, replies[7].Items[1].Items[1].Error, replies[7].Items[2].IsNil));
            Assert.Equal("NOSCRIPT gone", replies[8].Error);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("\r\n")]
    [InlineData(":12x\r\n")]
    [InlineData("$\r\n")]
    [InlineData("*9999999999\r\n")]
    public void TryRead_WhatIsNoReply_IsRefused(string text) => Assert.Throws<FormatException>(() => new RespParser(Encoding.UTF8.GetBytes(text)).TryRead(out _));

    [Fact]
    public void TryRead_NestedWithoutEnd_IsRefused()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", 1000)));

        Assert.Throws<FormatException>(() => new RespParser(bytes).TryRead(out _));
    }
}
