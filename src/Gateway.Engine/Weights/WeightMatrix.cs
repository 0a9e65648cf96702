using System.Runtime.InteropServices;

namespace Gateway.Engine.Weights;

/// <summary>
/// A matrix [rows, columns], row-major, in its stored form: weights of fewer bits stay that narrow and are widened where they are used.
/// A checkpoint so takes in memory what it takes on disk.
/// </summary>
internal sealed class WeightMatrix
{
    /// <summary>Edge of the squares of values that share a scale in <see cref="WeightFormat.Float8E4M3"/>.</summary>
    public const int ScaleBlock = 128;

    private readonly float[] _single;
    private readonly ushort[] _half;
    private readonly byte[] _bytes;

    private WeightMatrix(int rows, int columns, WeightFormat format, float[] single, ushort[] half, byte[] bytes)
    {
        Rows = rows;
        Columns = columns;
        Format = format;
        _single = single;
        _half = half;
        _bytes = bytes;
    }

    public int Rows { get; }

    public int Columns { get; }

    public WeightFormat Format { get; }

    /// <summary>
    /// The scales of a <see cref="WeightFormat.Float8E4M3"/> matrix, [⌈rows/128⌉, ⌈columns/128⌉]; the blocks at the edges are smaller.
    /// Empty for every other format.
    /// </summary>
    public float[] Scales { get; private init; } = [];

    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="values">rows × columns values.</param>
    public static WeightMatrix FromSingle(int rows, int columns, float[] values) => new(rows, columns, WeightFormat.Float32, values, [], []);

    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="format">How to read the bits.</param>
    /// <param name="bits">rows × columns values of 16 bits.</param>
    public static WeightMatrix FromHalf(int rows, int columns, WeightFormat format, ushort[] bits) => new(rows, columns, format, [], bits, []);

    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="codes">rows × columns values of 8 bits.</param>
    /// <param name="scales">[⌈rows/128⌉, ⌈columns/128⌉]: what each square of values is multiplied by.</param>
    public static WeightMatrix FromFloat8(int rows, int columns, byte[] codes, float[] scales) =>
        new(rows, columns, WeightFormat.Float8E4M3, [], [], codes) { Scales = scales };

    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns, a multiple of the format's block size.</param>
    /// <param name="format">A format with blocks.</param>
    /// <param name="blocks">The rows, one after the other.</param>
    public static WeightMatrix FromBlocks(int rows, int columns, WeightFormat format, byte[] blocks) => new(rows, columns, format, [], [], blocks);

    /// <summary>A matrix of any format without separate scales, from its bytes as files hold them.</summary>
    public static WeightMatrix FromBytes(int rows, int columns, WeightFormat format, byte[] bytes) => format switch
    {
        WeightFormat.Float32 => FromSingle(rows, columns, MemoryMarshal.Cast<byte, float>(bytes).ToArray()),
        WeightFormat.Float16 or WeightFormat.BFloat16 => FromHalf(rows, columns, format, MemoryMarshal.Cast<byte, ushort>(bytes).ToArray()),
        _ => FromBlocks(rows, columns, format, bytes),
    };

    /// <summary>How many scales of <see cref="WeightFormat.Float8E4M3"/> lie side by side over that many columns.</summary>
    public static int ScalesPerRow(int columns) => (columns + ScaleBlock - 1) / ScaleBlock;

    /// <summary>Rows of a <see cref="WeightFormat.Float32"/> matrix.</summary>
    public ReadOnlySpan<float> SingleRows(int first, int count) => _single.AsSpan(first * Columns, count * Columns);

    /// <summary>Rows of a 16-bit matrix.</summary>
    public ReadOnlySpan<ushort> HalfRows(int first, int count) => _half.AsSpan(first * Columns, count * Columns);

    /// <summary>Rows of a matrix of any format, as they are stored.</summary>
    public ReadOnlySpan<byte> StoredRows(int first, int count) => Format switch
    {
        WeightFormat.Float32 => MemoryMarshal.AsBytes(SingleRows(first, count)),
        WeightFormat.Float16 or WeightFormat.BFloat16 => MemoryMarshal.AsBytes(HalfRows(first, count)),
        _ => _bytes.AsSpan(first * RowBytes, count * RowBytes),
    };

    /// <summary>A copy of some rows. Not of <see cref="WeightFormat.Float8E4M3"/>, whose scales need not begin where they do.</summary>
    public WeightMatrix Slice(int first, int count) => Format != WeightFormat.Float8E4M3
        ? FromBytes(count, Columns, Format, StoredRows(first, count).ToArray())
        : throw new NotSupportedException("Rows of 8-bit floating point share their scales.");

    private int RowBytes => (int)WeightLayout.Of(Format).RowBytes(Columns);
}
