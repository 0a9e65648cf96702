using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu.Blocks;

public sealed class BlockDecoderTests
{
    public static TheoryData<string> Files =>
        [.. Goldens.Roots.Select(root => Path.Combine(root, "gguf")).Where(Directory.Exists).SelectMany(folder => Directory.GetFiles(folder, "dequant_*"))];

    [Theory]
    [MemberData(nameof(Files))]
    public void CopyRows_GoldenBlocks_HaveTheSameBits(string file)
    {
        using var tensors = new GoldenTensors(file);
        var name = Path.GetFileNameWithoutExtension(file)["dequant_".Length..];
        var layout = WeightLayout.Find(name)!;
        var (raw, expected) = (tensors.Bytes("raw"), tensors.Floats("float32"));
        var columns = tensors.Columns("float32");
        var rows = expected.Length / columns;
        Assert.Equal(rows * layout.RowBytes(columns), raw.Length);
        var matrix = layout.Format == WeightFormat.Float8E4M3
            ? WeightMatrix.FromFloat8(rows, columns, raw, Enumerable.Repeat(1f, WeightMatrix.ScalesPerRow(rows) * WeightMatrix.ScalesPerRow(columns)).ToArray())
            : WeightMatrix.FromBytes(rows, columns, layout.Format, raw);
        var actual = new float[expected.Length];
        WeightRows.CopyWidened(matrix, 0, rows, actual);
        for (var i = 0; i < expected.Length; i++)
        {
            var same = BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]);
            Assert.True(same || (float.IsNaN(expected[i]) && float.IsNaN(actual[i])), $"{name}, value {i}: {actual[i]:R} instead of {expected[i]:R}");
        }
    }

    [Fact]
    public void Files_OfEveryBlockFormat_AreThere()
    {
        var covered = Files.Select(file => Path.GetFileNameWithoutExtension(file.Data)["dequant_".Length..]).ToHashSet();
        Assert.Empty(Enum.GetValues<WeightFormat>().Where(format => format != WeightFormat.Float32)
            .Select(format => WeightLayout.Of(format).Name).Except(covered));
    }

    [Fact]
    public void Decode_FormatWithoutBlocks_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BlockDecoder.Decode(WeightFormat.Float16, new byte[2], new float[1]));

    [Fact]
    public void Of_EveryFormat_IsItsOwnLayout()
    {
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            Assert.Equal(format, WeightLayout.Of(format).Format);
            Assert.Same(WeightLayout.Of(format), WeightLayout.Find(WeightLayout.Of(format).Name));
        }
    }
}
