namespace Gateway.Engine.Weights;

/// <summary>
/// A matrix [rows, columns], row-major, in its stored form: 16-bit weights stay 16 bits wide and are widened, exactly, where they
/// are used. A checkpoint so takes in memory what it takes on disk.
/// </summary>
internal sealed class WeightMatrix
{
    private readonly float[] _single;
    private readonly ushort[] _half;

    private WeightMatrix(int rows, int columns, WeightFormat format, float[] single, ushort[] half)
    {
        Rows = rows;
        Columns = columns;
        Format = format;
        _single = single;
        _half = half;
    }

    public int Rows { get; }

    public int Columns { get; }

    public WeightFormat Format { get; }

    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="values">rows × columns values.</param>
    public static WeightMatrix FromSingle(int rows, int columns, float[] values) => new(rows, columns, WeightFormat.Float32, values, []);

    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="format">How to read the bits.</param>
    /// <param name="bits">rows × columns values of 16 bits.</param>
    public static WeightMatrix FromHalf(int rows, int columns, WeightFormat format, ushort[] bits) => new(rows, columns, format, [], bits);

    /// <summary>Rows of a <see cref="WeightFormat.Float32"/> matrix.</summary>
    public ReadOnlySpan<float> SingleRows(int first, int count) => _single.AsSpan(first * Columns, count * Columns);

    /// <summary>Rows of a 16-bit matrix.</summary>
    public ReadOnlySpan<ushort> HalfRows(int first, int count) => _half.AsSpan(first * Columns, count * Columns);
}
