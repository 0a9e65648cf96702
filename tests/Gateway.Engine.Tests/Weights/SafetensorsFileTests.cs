using System.Buffers.Binary;
using System.Text;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Weights;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Open_ValidFile_ReadsItsTensors()
    {
        Write("""{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[],"data_offsets":[2,6]},"a":{"dtype":"U8","shape":[2,1],"data_offsets":[0,2]}}   """, 6);
        using var file = SafetensorsFile.Open(_path);
        Assert.Equal(["a", "b"], file.Entries.Keys.Order());
        Assert.Equal([2, 1], file.Entries["a"].Shape);
        var bytes = new byte[4];
        file.Read(file.Entries["b"], 0, bytes);
        Assert.Equal([2, 3, 4, 5], bytes);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "b", "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}""", 6, "b", "gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "a", "gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, null, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "a", "cut short")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "a", "do not hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "a", "do not hold")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}""", 4, "a", "Q4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "a", "-1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "a", "1.5")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807,4],"data_offsets":[0,4]}}""", 4, "a", "beyond any file")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[9223372036854775805,9223372036854775807]}}""", 2, "a", "outside the file")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "a", "twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1]}}""", 1, "a", "data_offsets")]
    [InlineData("""{"a":7}""", 1, "a", "data_offsets")]
    [InlineData("""[1]""", 0, null, "not a JSON object")]
    [InlineData("""{"a":""", 0, null, "no valid JSON")]
    public void Open_BrokenHeader_NamesTheProblem(string header, int dataLength, string? tensor, string problem)
    {
        Write(header, dataLength);
        var exception = Assert.Throws<WeightsFormatException>(() => SafetensorsFile.Open(_path));
        Assert.Equal(_path, exception.File);
        Assert.Equal(tensor, exception.Tensor);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Open_FileShorterThanItsPrefix_IsRefused(int length)
    {
        File.WriteAllBytes(_path, new byte[length]);
        Assert.Contains("too short", Assert.Throws<WeightsFormatException>(() => SafetensorsFile.Open(_path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100UL)]
    public void Open_HeaderLongerThanTheFile_IsRefused(ulong length)
    {
        var bytes = new byte[20];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(_path, bytes);
        Assert.Contains("claims", Assert.Throws<WeightsFormatException>(() => SafetensorsFile.Open(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoSuchFile_NamesIt()
    {
        var missing = _path + ".missing";
        Assert.Equal(missing, Assert.Throws<WeightsFormatException>(() => SafetensorsFile.Open(missing)).File);
    }

    [Fact]
    public void Open_RandomlyDamagedHeader_NeverFailsOtherwise()
    {
        const string header = """{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]}}""";
        var random = new Random(17);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(header);
            for (var j = random.Next(1, 4); j > 0; j--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            Write(bytes, 6);
            var exception = Record.Exception(() => SafetensorsFile.Open(_path).Dispose());
            Assert.True(exception is null or WeightsFormatException, $"{Encoding.Latin1.GetString(bytes)}: {exception}");
        }
    }

    private void Write(string header, int dataLength) => Write(Encoding.UTF8.GetBytes(header), dataLength);

    private void Write(byte[] header, int dataLength)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        File.WriteAllBytes(_path, [.. prefix, .. header, .. Enumerable.Range(0, dataLength).Select(i => (byte)i)]);
    }
}
