using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu.Attention;

public sealed unsafe class TileTests
{
    private readonly Random _random = new(11);

    [Theory]
    [InlineData(4, 4, 16)]
    [InlineData(12, 20, 80)]
    [InlineData(16, 128, 576)]
    public void ScoreTiles_WideAndNarrow_GiveTheBitsOfOneDotProduct(int queries, int keys, int width)
    {
        using AlignedBuffer a = Random(queries * width), b = Random(keys * width), wide = Random(queries * keys), narrow = Random(queries * keys);
        ScoreTiles.MultiplyNarrow(Rows(a, queries, width), queries, Rows(b, keys, width), keys, width, 0.3f, Rows(narrow, queries, keys));
        if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
        {
            ScoreTiles.MultiplyWide(Rows(a, queries, width), queries, Rows(b, keys, width), keys, width, 0.3f, Rows(wide, queries, keys));
            Assert.True(wide.Floats(0, queries * keys).SequenceEqual(narrow.Floats(0, queries * keys)));
        }

        for (var query = 0; query < queries; query++)
        {
            for (var key = 0; key < keys; key++)
            {
                var product = DotProducts.Dot(a.Floats(query * width, width), b.Floats(key * width, width));
                Assert.Equal(product * 0.3f, narrow.Floats((query * keys) + key, 1)[0]);
            }
        }
    }

    [Theory]
    [InlineData(4, 1, 16, false)]
    [InlineData(8, 33, 80, true)]
    [InlineData(16, 128, 512, false)]
    public void ValueTiles_WideAndNarrow_GiveTheBitsOfOneChain(int count, int rows, int width, bool add)
    {
        using AlignedBuffer weights = Random(count * rows), values = Random(rows * width), wide = Random(count * width);
        using var narrow = AlignedBuffer.OfFloats(count * width);
        wide.Floats(0, count * width).CopyTo(narrow.Floats(0, count * width));
        var before = wide.Floats(0, count * width).ToArray();
        ValueTiles.AccumulateWide(Rows(weights, count, rows), count, Rows(values, rows, width), rows, width, Rows(wide, count, width), add);
        ValueTiles.AccumulateNarrow(Rows(weights, count, rows), count, Rows(values, rows, width), rows, width, Rows(narrow, count, width), add);
        Assert.True(wide.Floats(0, count * width).SequenceEqual(narrow.Floats(0, count * width)));
        for (var i = 0; i < count; i++)
        {
            for (var channel = 0; channel < width; channel++)
            {
                var sum = add ? before[(i * width) + channel] : 0;
                for (var row = 0; row < rows; row++)
                {
                    sum = MathF.FusedMultiplyAdd(weights.Floats((i * rows) + row, 1)[0], values.Floats((row * width) + channel, 1)[0], sum);
                }

                Assert.Equal(sum, wide.Floats((i * width) + channel, 1)[0]);
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8)]
    [InlineData(4, 1)]
    public void ScoreTilesAndValueTiles_OneOfAKind_GiveTheBitsOfTheOthers(int queries, int keys)
    {
        const int Width = 80;
        using AlignedBuffer a = Random(queries * Width), b = Random(keys * Width), scores = Random(queries * keys), sums = Random(queries * Width);
        ScoreTiles.Multiply(Rows(a, queries, Width), queries, Rows(b, keys, Width), keys, Width, 0.3f, Rows(scores, queries, keys));
        ValueTiles.Accumulate(Rows(scores, queries, keys), queries, Rows(b, keys, Width), keys, Width, Rows(sums, queries, Width), add: false);
        for (var query = 0; query < queries; query++)
        {
            for (var key = 0; key < keys; key++)
            {
                var product = DotProducts.Dot(a.Floats(query * Width, Width), b.Floats(key * Width, Width));
                Assert.Equal(product * 0.3f, scores.Floats((query * keys) + key, 1)[0]);
            }

            for (var channel = 0; channel < Width; channel++)
            {
                var sum = 0f;
                for (var key = 0; key < keys; key++)
                {
                    sum = MathF.FusedMultiplyAdd(scores.Floats((query * keys) + key, 1)[0], b.Floats((key * Width) + channel, 1)[0], sum);
                }

                Assert.Equal(sum, sums.Floats((query * Width) + channel, 1)[0]);
            }
        }
    }

    /// <summary>Pointers to rows; they live as long as the buffer, and their own memory as long as the test.</summary>
    private static float** Rows(AlignedBuffer buffer, int count, int width)
    {
        var rows = GC.AllocateArray<nint>(count, pinned: true);
        for (var row = 0; row < count; row++)
        {
            rows[row] = buffer.Address + (row * width * sizeof(float));
        }

        Kept.Add(rows);
        return (float**)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(rows, 0);
    }

    [ThreadStatic]
    private static List<nint[]>? _kept;

    private static List<nint[]> Kept => _kept ??= [];

    private AlignedBuffer Random(int count)
    {
        var buffer = AlignedBuffer.OfFloats(count);
        foreach (ref var value in buffer.Floats(0, count))
        {
            value = _random.NextSingle() - 0.5f;
        }

        return buffer;
    }
}
