namespace Gateway.Engine.Weights;

/// <summary>Where a tensor lies and what it is.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Type">Element type as the header writes it, e.g. <c>BF16</c>.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteCount">Length in bytes: elements times element size.</param>
internal sealed record TensorEntry(string Name, string Type, IReadOnlyList<long> Shape, long Offset, long ByteCount)
{
    /// <summary>The shape as people write it, e.g. <c>[128, 64]</c>.</summary>
    public string ShapeText => Text(Shape);

    public static string Text(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
