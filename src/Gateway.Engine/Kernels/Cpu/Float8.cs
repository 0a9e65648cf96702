using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// 8-bit floating point E4M3 ("fn": no infinities, the two codes of all ones are NaN, the largest number is 448), as FP8 checkpoints
/// store it: with a float32 scale per 128 × 128 values (Micikevicius et al. 2022, arXiv:2209.05433).
/// </summary>
internal static class Float8
{
    private const byte NotANumber = 0x7F;

    private static readonly float[] Values = [.. Enumerable.Range(0, 256).Select(code => ValueOf((byte)code))];

    /// <summary>Widens rows of a <see cref="WeightFormat.Float8E4M3"/> matrix.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">count × columns values.</param>
    public static void Widen(WeightMatrix matrix, int first, int count, Span<float> destination)
    {
        var columns = matrix.Columns;
        var squares = WeightMatrix.ScalesPerRow(columns);
        var codes = matrix.StoredRows(first, count);
        for (var row = 0; row < count; row++)
        {
            var scales = matrix.Scales.AsSpan((first + row) / WeightMatrix.ScaleBlock * squares, squares);
            for (var column = 0; column < columns; column++)
            {
                var index = (row * columns) + column;
                destination[index] = Values[codes[index]] * scales[column / WeightMatrix.ScaleBlock];
            }
        }
    }

    /// <summary>The value of a code.</summary>
    public static float Value(byte code) => Values[code];

    /// <summary>The code of the nearest value, the even one of two; beyond the largest number the largest.</summary>
    public static byte Encode(float value)
    {
        if (float.IsNaN(value))
        {
            return NotANumber;
        }

        var sign = float.IsNegative(value) ? 0x80 : 0;
        var magnitude = Math.Abs(value);
        var numbers = Values.AsSpan(0, NotANumber);
        var above = numbers.BinarySearch(magnitude);
        if (above >= 0)
        {
            return (byte)(sign | above);
        }

        above = Math.Min(~above, NotANumber - 1);
        var (low, high) = (magnitude - numbers[above - 1], numbers[above] - magnitude);
        return (byte)(sign | (low < high || (low == high && above % 2 != 0) ? above - 1 : above));
    }

    /// <summary>Whether none of the codes is NaN.</summary>
    public static bool AllFinite(ReadOnlySpan<byte> codes) => !codes.ContainsAny(NotANumber, (byte)(NotANumber | 0x80));

    private static float ValueOf(byte code)
    {
        var (exponent, mantissa) = ((code >> 3) & 0xF, code & 7);
        var magnitude = (code & NotANumber) == NotANumber ? float.NaN
            : exponent == 0 ? mantissa * MathF.ScaleB(1, -9)
            : (8 + mantissa) * MathF.ScaleB(1, exponent - 10);
        return (code & 0x80) == 0 ? magnitude : -magnitude;
    }
}
