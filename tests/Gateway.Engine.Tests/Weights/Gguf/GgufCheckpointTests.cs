using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;
using Gateway.Engine.Weights.Gguf;
using Xunit;

namespace Gateway.Engine.Tests.Weights.Gguf;

/// <summary>Golden GGUF files against the safetensors checkpoints that they were made from: the same names, the same shapes, the same values.</summary>
public sealed class GgufCheckpointTests
{
    // Exact conversions keep every value; quantised ones are off by what their format loses.
    private static readonly Dictionary<string, double> LossOf = new()
    {
        ["F32"] = 0,
        ["BF16"] = 0,
        ["F16"] = 1e-3,
        ["Q8_0"] = 1.2e-2,
        ["Q6_K"] = 5e-2,
        ["Q4_K"] = 0.2,
        ["Q4_K_M"] = 0.2,
    };

    public static TheoryData<string> Files => [.. GgufGoldens.Files()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Names_OfAGoldenFile_AreThoseOfItsCheckpoint(string file)
    {
        using var files = GgufSplits.Open(file);
        using var gguf = new GgufCheckpoint(files);
        using var original = SafetensorsCheckpoint.Open(GgufGoldens.ModelFolder(file));
        var extra = gguf.Names.Except(original.Names).Where(name => !LatentExpansions.IsHalf(name)).ToList();
        Assert.Equal(file.Contains("llama_distill", StringComparison.Ordinal) ? [GgufNames.RotaryDivisors] : [], extra);

        // Multi-token layers are not converted, and a router's bias is not always there.
        var missing = original.Names.Except(gguf.Names).Where(name => !name.StartsWith("model.layers.4.", StringComparison.Ordinal)).ToList();
        Assert.Equal(missing.Where(LatentExpansions.IsJoined), missing);
        Assert.Equal(missing.SelectMany(LatentExpansions.HalvesOf).Order(), gguf.Names.Where(LatentExpansions.IsHalf).Order());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void LatentExpansion_OfAGoldenFile_IsThatOfItsCheckpoint(string file)
    {
        using var files = GgufSplits.Open(file);
        using var gguf = new GgufCheckpoint(files);
        using var original = SafetensorsCheckpoint.Open(GgufGoldens.ModelFolder(file));
        var type = Path.GetFileNameWithoutExtension(file).Split('-')[^1];
        foreach (var name in original.Names.Where(name => LatentExpansions.IsJoined(name) && gguf.Find(LatentExpansions.HalvesOf(name)[0]) is not null))
        {
            var (expected, actual) = (Widened(original, name), LatentExpansions.ReadJoined(gguf, name));
            var worst = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / expected.Max(MathF.Abs);
            Assert.True(worst <= LossOf[type], $"{name}: {worst:E2}");

            // The halves stay in the form that the file has them in.
            var keys = LatentExpansions.Load(gguf, name).Halves!.Value.Keys.Read();
            Assert.Equal(gguf.Find(LatentExpansions.HalvesOf(name)[0])!.Type, WeightLayout.Of(keys.Format).Name);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ReadRows_OfAGoldenFile_GivesTheValuesOfItsCheckpoint(string file)
    {
        using var files = GgufSplits.Open(file);
        using var gguf = new GgufCheckpoint(files);
        using var original = SafetensorsCheckpoint.Open(GgufGoldens.ModelFolder(file));
        var type = Path.GetFileNameWithoutExtension(file).Split('-')[^1];
        foreach (var name in gguf.Names.Where(name => original.Find(name) is not null))
        {
            var (expected, actual) = (Widened(original, name), Widened(gguf, name));
            Assert.Equal(original.Find(name)!.Shape, gguf.Find(name)!.Shape);
            var largest = expected.Max(MathF.Abs);
            var worst = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / largest;
            Assert.True(worst <= LossOf[type], $"{name}: {worst:E2}");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ReadRows_RowByRow_GivesWhatReadingAtOnceGives(string file)
    {
        using var files = GgufSplits.Open(file);
        using var gguf = new GgufCheckpoint(files);
        foreach (var name in gguf.Names.Where(name => name.StartsWith("model.layers.0.self_attn.", StringComparison.Ordinal)))
        {
            var entry = gguf.Find(name)!;
            var (whole, single) = (new byte[entry.ByteCount], new byte[entry.ByteCount]);
            gguf.ReadRows(entry, 0, whole);
            var row = (int)(entry.ByteCount / entry.RowCount);
            for (var i = 0; i < entry.RowCount; i++)
            {
                gguf.ReadRows(entry, i, single.AsSpan(i * row, row));
            }

            Assert.Equal(whole, single);
        }
    }

    [Fact]
    public void Encode_ValuesOfACheckpoint_GivesTheBlocksOfItsGoldenFile()
    {
        var compared = 0;
        foreach (var file in GgufGoldens.Files().Where(file => file.EndsWith("-Q8_0.gguf", StringComparison.Ordinal)))
        {
            using var files = GgufSplits.Open(file);
            using var gguf = new GgufCheckpoint(files);
            using var original = SafetensorsCheckpoint.Open(GgufGoldens.ModelFolder(file));
            foreach (var entry in gguf.Names.Select(name => gguf.Find(name)!).Where(entry => entry.Type == "Q8_0" && !LatentExpansions.IsHalf(entry.Name)))
            {
                var (expected, actual) = (new byte[entry.ByteCount], new byte[entry.ByteCount]);
                gguf.ReadRows(entry, 0, expected);
                BlockEncoder.Encode(WeightFormat.Q8_0, Widened(original, entry.Name), actual);
                Assert.Equal(expected, actual);
                compared++;
            }
        }

        Assert.True(compared > 20);
    }

    [Fact]
    public void Open_OneFileOfASplitModel_AsksForTheFirst()
    {
        var folder = Directory.CreateTempSubdirectory("split-").FullName;
        try
        {
            var second = Path.Combine(folder, "m-00002-of-00002.gguf");
            File.WriteAllBytes(second, new GgufBuilder().Key("split.count", 2, 2, 0).Build());
            Assert.Contains("00001", Assert.Throws<WeightsFormatException>(() => GgufSplits.Open(second)).Message, StringComparison.Ordinal);

            var first = Path.Combine(folder, "m-00001-of-00002.gguf");
            File.Copy(second, first);
            using (var both = GgufSplits.Open(first))
            {
                Assert.Equal([first, second], both.Files.Select(file => file.Path));
            }

            File.Delete(second);
            Assert.Equal(second, Assert.Throws<WeightsFormatException>(() => GgufSplits.Open(first)).File);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static float[] Widened(ICheckpoint checkpoint, string name)
    {
        var entry = checkpoint.Find(name)!;
        var bytes = new byte[entry.ByteCount];
        checkpoint.ReadRows(entry, 0, bytes);
        var values = new float[entry.ElementCount];
        var (rows, columns) = ((int)entry.RowCount, (int)entry.Shape[^1]);
        WeightRows.CopyWidened(WeightMatrix.FromBytes(rows, columns, WeightLayout.Find(entry.Type)!.Format, bytes), 0, rows, values);
        return values;
    }
}
