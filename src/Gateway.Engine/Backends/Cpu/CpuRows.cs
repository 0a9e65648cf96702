namespace Gateway.Engine.Backends.Cpu;

/// <summary>Rows as float32 in an array, one after the other.</summary>
internal sealed class CpuRows(int rows, int columns) : IRows
{
    public int Columns => columns;

    public float[] Values { get; } = Allocate(rows, columns);

    public Span<float> Row(int row) => Values.AsSpan(row * columns, columns);

    /// <summary>An array of rows × columns values.</summary>
    /// <exception cref="EngineOptionsException">No array is that long.</exception>
    public static float[] Allocate(int rows, int columns) => (long)rows * columns <= Array.MaxLength
        ? new float[rows * columns]
        : throw new EngineOptionsException(
            [$"{nameof(EngineOptions.MaxStepTokens)}: {rows} tokens of {columns} numbers are too many for one buffer; use fewer."]);
}
