using Gateway.Engine.Weights;
using Gateway.Engine.Weights.Gguf;
using Xunit;

namespace Gateway.Engine.Tests.Weights.Gguf;

public sealed class GgufFileTests : IDisposable
{
    private const uint UInt8 = 0;
    private const uint UInt32 = 4;
    private const uint String = 8;
    private const uint ArrayType = 9;
    private const uint Float32 = 0;
    private const uint Q8_0 = 8;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Open_EveryTypeOfValue_IsRead()
    {
        using var file = Open(new GgufBuilder()
            .Key("u8", 0, 200).Key("i8", 1, 200).Key("u16", 2, 1, 2).Key("i16", 3, 0xFF, 0xFF).Key("u32", 4, 1, 0, 0, 0).Key("i32", 5, 0xFE, 0xFF, 0xFF, 0xFF)
            .Key("f32", 6, BitConverter.GetBytes(1e-6f)).Key("yes", 7, 1).Key("text", 8, GgufBuilder.Text("grüß")).Key("u64", 10, BitConverter.GetBytes(1UL << 40))
            .Key("i64", 11, BitConverter.GetBytes(-3L)).Key("f64", 12, BitConverter.GetBytes(0.1))
            .Key("list", 9, [8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, .. GgufBuilder.Text("a"), .. GgufBuilder.Text("")]));
        var metadata = file.Metadata;
        Assert.Equal(200, metadata.Integer("u8"));
        Assert.Equal(-56L, metadata.Values["i8"]);
        Assert.Equal(513, metadata.Integer("u16"));
        Assert.Equal(-1L, metadata.Values["i16"]);
        Assert.Equal(1, metadata.Integer("u32"));
        Assert.Equal(-2L, metadata.Values["i32"]);
        Assert.Equal(1e-6, metadata.Number("f32"));
        Assert.True(metadata.FindFlag("yes"));
        Assert.Equal("grüß", metadata.Text("text"));
        Assert.Equal(1UL << 40, metadata.Values["u64"]);
        Assert.Equal(-3L, metadata.Values["i64"]);
        Assert.Equal(0.1, metadata.Number("f64"));
        Assert.Equal(["a", ""], metadata.Texts("list"));
    }

    [Fact]
    public void Read_TensorBytes_AreThoseBehindTheHeader()
    {
        using var file = Open(new GgufBuilder { Data = [.. Enumerable.Range(0, 40).Select(i => (byte)i)] }
            .Tensor("a", Float32, 0, 2).Tensor("b", Float32, 32, 1, 2));
        Assert.Equal([2], file.Tensors["a"].Shape);
        Assert.Equal([2, 1], file.Tensors["b"].Shape);
        var bytes = new byte[4];
        file.Read(file.Tensors["b"], 4, bytes);
        Assert.Equal([36, 37, 38, 39], bytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(file.Tensors["a"], 8, bytes));
    }

    public static TheoryData<string, string> HostileFiles => [.. Hostile.Select(entry => (entry.Key, entry.Value.Problem))];

    private static readonly Dictionary<string, (GgufBuilder File, string Problem)> Hostile = new()
    {
        ["magic"] = (new GgufBuilder { Magic = "GGML"u8.ToArray() }, "no GGUF file"),
        ["version 1"] = (new GgufBuilder { Version = 1 }, "version is 1"),
        ["big-endian"] = (new GgufBuilder { Version = 0x0300_0000 }, "little-endian"),
        ["tensor count"] = (new GgufBuilder { TensorCount = ulong.MaxValue }, "claims 18446744073709551615"),
        ["key count"] = (new GgufBuilder { KeyCount = 1UL << 60 }, "claims"),
        ["key count of a large file"] = (new GgufBuilder { KeyCount = 5, Data = new byte[1000] }.Key("a", UInt8, 1), "twice"),
        ["length of a key"] = (new GgufBuilder { KeyCount = 1, Data = [.. BitConverter.GetBytes(ulong.MaxValue), .. new byte[64]], Alignment = 1 }, "claims"),
        ["length of a text"] = (new GgufBuilder().Key("a", String, BitConverter.GetBytes(long.MaxValue)), "metadata 'a'"),
        ["length of an array"] = (new GgufBuilder().Key("a", ArrayType, [8, 0, 0, 0, .. BitConverter.GetBytes(1UL << 62)]), "metadata 'a'"),
        ["array of arrays"] = (new GgufBuilder().Key("a", ArrayType, [9, 0, 0, 0, .. new byte[8]]), "arrays of arrays"),
        ["type of a value"] = (new GgufBuilder().Key("a", 13, 0), "13 is no type"),
        ["type of an array"] = (new GgufBuilder().Key("a", ArrayType, [77, 0, 0, 0, .. new byte[8]]), "77 is no type"),
        ["boolean"] = (new GgufBuilder().Key("a", 7, 2), "no boolean"),
        ["text that is no UTF-8"] = (new GgufBuilder().Key("a", String, GgufBuilder.Text([0xC3])), "UTF-8"),
        ["key twice"] = (new GgufBuilder().Key("a", UInt8, 1).Key("a", UInt8, 2), "twice"),
        ["cut short"] = (new GgufBuilder().Key("a", UInt32, 1, 0, 0, 0), "midst of its header"),
        ["alignment 0"] = (new GgufBuilder().Key("general.alignment", UInt32, 0, 0, 0, 0), "no alignment"),
        ["alignment 24"] = (new GgufBuilder().Key("general.alignment", UInt32, 24, 0, 0, 0), "no alignment"),
        ["alignment beyond all"] = (new GgufBuilder().Key("general.alignment", UInt32, 0, 0, 0, 0x80), "no alignment"),
        ["alignment of a wrong type"] = (new GgufBuilder().Key("general.alignment", String, GgufBuilder.Text("32")), "no alignment"),
        ["no dimensions"] = (new GgufBuilder().Tensor("a", Float32, 0), "0 dimensions"),
        ["five dimensions"] = (new GgufBuilder().Tensor("a", Float32, 0, 1, 1, 1, 1, 1), "5 dimensions"),
        ["dimension 0"] = (new GgufBuilder().Tensor("a", Float32, 0, 0), "no size"),
        ["dimension beyond long"] = (new GgufBuilder().Tensor("a", Float32, 0, ulong.MaxValue), "no size"),
        ["product beyond long"] = (new GgufBuilder().Tensor("a", Float32, 0, 1UL << 60, 1UL << 60, 1UL << 60), "beyond any file"),
        ["type of a tensor"] = (new GgufBuilder().Tensor("a", 4, 0, 32), "type 4 is not supported"),
        ["no whole blocks"] = (new GgufBuilder().Tensor("a", Q8_0, 0, 33), "no whole number of Q8_0 blocks"),
        ["tensor twice"] = (new GgufBuilder { Data = new byte[64] }.Tensor("a", Float32, 0, 1).Tensor("a", Float32, 32, 1), "twice"),
        ["offset off the alignment"] = (new GgufBuilder { Data = new byte[64] }.Tensor("a", Float32, 4, 1), "multiple of the alignment"),
        ["offset beyond long"] = (new GgufBuilder { Data = new byte[64] }.Tensor("a", Float32, ulong.MaxValue - 31, 1), "beyond any file"),
        ["offset beyond the file"] = (new GgufBuilder { Data = new byte[64] }.Tensor("a", Float32, 1UL << 62, 1), "cut short"),
        ["data beyond the file"] = (new GgufBuilder { Data = new byte[64] }.Tensor("a", Float32, 0, 17), "cut short"),
        ["overlap"] = (new GgufBuilder { Data = new byte[128] }.Tensor("a", Float32, 0, 9).Tensor("b", Float32, 32, 1), "overlaps"),
    };

    [Theory]
    [MemberData(nameof(HostileFiles))]
    public void Open_HostileFile_NamesTheProblem(string which, string problem)
    {
        var bytes = Hostile[which].File.Build();
        File.WriteAllBytes(_path, which == "cut short" ? bytes[..^1] : bytes);
        var exception = Assert.Throws<WeightsFormatException>(() => GgufFile.Open(_path));
        Assert.Equal(_path, exception.File);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EmptyOrMissingFile_NamesIt()
    {
        Assert.Contains("empty", Assert.Throws<WeightsFormatException>(() => GgufFile.Open(_path)).Message, StringComparison.Ordinal);
        Assert.Equal(_path + ".missing", Assert.Throws<WeightsFormatException>(() => GgufFile.Open(_path + ".missing")).File);
    }

    [Fact]
    public void Open_LinkToAFile_ReadsTheFile()
    {
        File.WriteAllBytes(_path, new GgufBuilder().Key("u8", 0, 200).Build());
        var link = _path + ".link";
        File.CreateSymbolicLink(link, _path);
        try
        {
            using var file = GgufFile.Open(link);
            Assert.Equal(200, file.Metadata.Integer("u8"));
        }
        finally
        {
            File.Delete(link);
        }
    }

    [Fact]
    public void Open_RandomlyDamagedOrCutFile_NeverFailsOtherwise()
    {
        var original = new GgufBuilder { Data = new byte[128] }
            .Key("general.alignment", UInt32, 32, 0, 0, 0).Key("text", String, GgufBuilder.Text("some text"))
            .Key("list", ArrayType, [8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, .. GgufBuilder.Text("a"), .. GgufBuilder.Text("bc")])
            .Tensor("a", Float32, 0, 4, 2).Tensor("b", Q8_0, 32, 64).Build();
        var random = new Random(29);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = (byte[])original.Clone();
            for (var j = random.Next(0, 4); j > 0; j--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(_path, random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            var exception = Record.Exception(() => GgufFile.Open(_path).Dispose());
            Assert.True(exception is null or WeightsFormatException, $"{Convert.ToHexString(bytes)}: {exception}");
        }
    }

    [Fact]
    public void Metadata_ValueOfAnotherType_IsRefusedByName()
    {
        using var file = Open(new GgufBuilder().Key("text", String, GgufBuilder.Text("x")).Key("negative", 5, 0xFF, 0xFF, 0xFF, 0xFF)
            .Key("infinite", 6, BitConverter.GetBytes(float.PositiveInfinity)));
        var metadata = file.Metadata;
        Action[] reads =
        [
            () => metadata.Integer("text"), () => metadata.Integer("negative"), () => metadata.Number("text"), () => metadata.Number("infinite"),
            () => metadata.FindFlag("text"), () => metadata.Text("negative"), () => metadata.Texts("text"), () => metadata.FindIntegers("text"),
            () => metadata.Text("absent"), () => metadata.Integer("absent"), () => metadata.Number("absent"),
        ];
        Assert.All(reads, read => Assert.Matches("'(text|negative|infinite|absent)'", Assert.Throws<WeightsFormatException>(read).Message));
    }

    private GgufFile Open(GgufBuilder file)
    {
        File.WriteAllBytes(_path, file.Build());
        return GgufFile.Open(_path);
    }
}
