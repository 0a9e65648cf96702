using System.Text;
using System.Text.Json;
using Xunit;

namespace Gateway.Routing.Tests.Profile;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("line\nbreak\ttab\r\b\f \"quoted\" back\\slash / slash")]
    [InlineData("Größe, 漢字, 😀 and \u0001")]
    public void Unescape_SerializedText_IsTheText(string text)
    {
        // The default encoder escapes everything that is no ASCII.
        Assert.Equal(text, Unescape(JsonSerializer.Serialize(text)[1..^1]));
    }

    [Theory]
    [InlineData(@"\ud800", "\ufffd")]
    [InlineData(@"\ud800x", "\ufffdx")]
    [InlineData(@"\udc00\ud800\udc00", "\ufffd\U00010000")]
    [InlineData(@"\ud800\u0041", "\ufffdA")]
    [InlineData(@"\ud800\n", "\ufffd\n")]
    [InlineData(@"\/\u00E9", "/é")]
    public void Unescape_OddEscapes_NeverThrow(string escaped, string expected) => Assert.Equal(expected, Unescape(escaped));

    private static string Unescape(string escaped)
    {
        var bytes = Encoding.UTF8.GetBytes(escaped);
        var destination = new byte[bytes.Length];
        return Encoding.UTF8.GetString(destination, 0, JsonText.Unescape(bytes, destination));
    }
}
