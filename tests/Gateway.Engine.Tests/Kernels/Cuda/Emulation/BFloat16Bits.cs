namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

/// <summary>bfloat16 as the upper half of a float32's bits.</summary>
internal static class BFloat16Bits
{
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rounded to the nearest, ties to even.</summary>
    public static ushort FromSingle(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FFF : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The value that is left after a round trip through bfloat16.</summary>
    public static float Round(float value) => ToSingle(FromSingle(value));

    public static ushort[] FromSingles(ReadOnlySpan<float> values)
    {
        var bits = new ushort[values.Length];
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] = FromSingle(values[i]);
        }

        return bits;
    }

    public static float[] ToSingles(ReadOnlySpan<ushort> bits)
    {
        var values = new float[bits.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ToSingle(bits[i]);
        }

        return values;
    }
}
