using Gateway.Commands;
using Xunit;

namespace Gateway.IntegrationTests.Commands;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("24GB", 24_000_000_000)]
    [InlineData("16GiB", 17_179_869_184)]
    [InlineData("1.5 kib", 1536)]
    [InlineData("512B", 512)]
    public void Parse_NumberAndUnit_IsThatManyBytes(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("24")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("0GB")]
    [InlineData("1e9GB")]
    [InlineData("99999999999TiB")]
    public void Parse_AnythingElse_IsNull(string text) => Assert.Null(ByteSize.Parse(text));

    [Theory]
    [InlineData(17, "17 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(31_104L * 1024, "30.4 MiB")]
    [InlineData(17_179_869_184, "16.00 GiB")]
    public void Text_Bytes_IsInTheLargestUnitBelow(long bytes, string text) => Assert.Equal(text, ByteSize.Text(bytes));
}
