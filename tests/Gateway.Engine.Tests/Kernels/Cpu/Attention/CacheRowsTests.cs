using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;
using Gateway.Engine.KvCache;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu.Attention;

public sealed unsafe class CacheRowsTests
{
    [Fact]
    public void WriteAndRead_BFloat16_RoundsToNearestTiesToEven()
    {
        // 1 + 2⁻⁷ is the next bfloat16 after 1; halfway lies 1 + 2⁻⁸.
        float[] row =
        [
            1, 1 + (1 / 256f), 1 + (3 / 256f), 1 + (1.01f / 256f), -1.0078125f, 3.3895314e38f, float.MaxValue,
            float.NegativeInfinity, 0, -0f, 1e-40f, .. Enumerable.Range(0, 30).Select(i => i * 0.125f),
        ];
        float[] expected = [1, 1, 1 + (4 / 256f), 1 + (2 / 256f), -1.0078125f, 3.3895314e38f, float.PositiveInfinity, float.NegativeInfinity, 0, -0f];
        var read = RoundTrip([.. row, float.NaN], KvCacheType.BF16);
        Assert.Equal(expected, read[..expected.Length]);
        Assert.Equal(row[11..], read[11..row.Length]);
        Assert.True(float.IsNaN(read[row.Length]));
        Assert.All(read[(row.Length + 1)..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void WriteAndRead_Float32_LosesNothing()
    {
        float[] row = [1.2345678f, -1e-40f, float.MaxValue];
        Assert.Equal([.. row, .. new float[13]], RoundTrip(row, KvCacheType.F32));
    }

    private static float[] RoundTrip(float[] row, KvCacheType type)
    {
        var padded = (row.Length + 15) / 16 * 16;
        using var kept = new AlignedBuffer(row.Length * PagedCache.BytesPerValue(type));
        using var read = AlignedBuffer.OfFloats(padded);
        CacheRows.Write(kept.Address, type, row);
        CacheRows.Read(kept.Address, type, row.Length, (float*)read.Address, padded);
        return read.Floats(0, padded).ToArray();
    }
}
