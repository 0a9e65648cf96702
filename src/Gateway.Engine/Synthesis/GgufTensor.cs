using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>A tensor that is to be written.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Outermost dimension first; the innermost is a whole number of the format's blocks.</param>
/// <param name="Format">The form that it takes in the file.</param>
/// <param name="ReadRows">Gives whole rows from one on, counted over all outer dimensions.</param>
internal sealed record GgufTensor(string Name, IReadOnlyList<long> Shape, WeightFormat Format, RowReader ReadRows)
{
    public long RowCount => Math.Max(1, Shape.SkipLast(1).Aggregate(1L, (product, size) => product * size));

    public long ByteCount => RowCount * WeightLayout.Of(Format).RowBytes(Shape[^1]);
}

/// <summary>Reads rows as float32.</summary>
/// <param name="firstRow">The first row.</param>
/// <param name="destination">Receives a whole number of rows.</param>
internal delegate void RowReader(long firstRow, Span<float> destination);
