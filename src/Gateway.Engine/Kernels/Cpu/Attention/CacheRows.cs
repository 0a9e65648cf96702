using System.Runtime.Intrinsics;
using Gateway.Engine.KvCache;

namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>Rows of the KV cache in their kept form and in float32.</summary>
internal static unsafe class CacheRows
{
    /// <summary>Writes a row, rounded to the cache's type.</summary>
    public static void Write(nint address, KvCacheType type, ReadOnlySpan<float> row)
    {
        if (type == KvCacheType.F32)
        {
            row.CopyTo(new Span<float>((void*)address, row.Length));
            return;
        }

        var target = (ushort*)address;
        for (var i = 0; i < row.Length; i++)
        {
            target[i] = ToBFloat16(row[i]);
        }
    }

    /// <summary>A row in float32, with zeros behind it.</summary>
    /// <param name="address">Of the kept row.</param>
    /// <param name="type">What it is kept as.</param>
    /// <param name="width">Its length.</param>
    /// <param name="target">Receives it.</param>
    /// <param name="padded">Length of the target.</param>
    public static void Read(nint address, KvCacheType type, int width, float* target, int padded)
    {
        if (type == KvCacheType.F32)
        {
            new ReadOnlySpan<float>((void*)address, width).CopyTo(new Span<float>(target, width));
        }
        else
        {
            Widen((ushort*)address, width, target);
        }

        new Span<float>(target + width, padded - width).Clear();
    }

    private static void Widen(ushort* source, int width, float* target)
    {
        var i = 0;
        for (; i <= width - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var (lower, upper) = Vector512.Widen(Vector512.Load(source + i));
            (lower << 16).AsSingle().Store(target + i);
            (upper << 16).AsSingle().Store(target + i + Vector512<uint>.Count);
        }

        for (; i < width; i++)
        {
            target[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
        }
    }

    /// <summary>Rounded to nearest, ties to even; NaN stays NaN.</summary>
    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
