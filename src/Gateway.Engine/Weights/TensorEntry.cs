namespace Gateway.Engine.Weights;

/// <summary>Where a tensor lies and what it is.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Type">Element type as weight files name it, e.g. <c>BF16</c> or <c>Q8_0</c>.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteCount">Length in bytes.</param>
internal sealed record TensorEntry(string Name, string Type, IReadOnlyList<long> Shape, long Offset, long ByteCount)
{
    /// <summary>The shape as people write it, e.g. <c>[128, 64]</c>.</summary>
    public string ShapeText => Text(Shape);

    /// <summary>Number of values.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Number of rows, a row being the values of the innermost dimension; at least 1.</summary>
    public long RowCount => Math.Max(1, Shape.SkipLast(1).Aggregate(1L, (product, size) => product * size));

    public static string Text(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
