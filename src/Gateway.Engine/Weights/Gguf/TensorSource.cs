namespace Gateway.Engine.Weights.Gguf;

/// <summary>A tensor as the model knows it, read out of one or more tensors of a file.</summary>
/// <param name="Entry">Its name, element type and shape in the model's terms.</param>
/// <param name="File">The file.</param>
internal abstract record TensorSource(TensorEntry Entry, GgufFile File)
{
    /// <summary>As <see cref="ICheckpoint.ReadRows"/>.</summary>
    public abstract void ReadRows(long firstRow, Span<byte> destination);
}

/// <summary>A tensor that lies in the file as it is, or a slice of a larger one.</summary>
/// <param name="Entry">As the base has it.</param>
/// <param name="File">As the base has it.</param>
/// <param name="Tensor">The tensor of the file.</param>
/// <param name="Start">Where in it the slice begins, in bytes.</param>
internal sealed record PlainTensor(TensorEntry Entry, GgufFile File, TensorEntry Tensor, long Start) : TensorSource(Entry, File)
{
    public override void ReadRows(long firstRow, Span<byte> destination) =>
        File.Read(Tensor, Start + (firstRow * (Entry.ByteCount / Entry.RowCount)), destination);
}

/// <summary>
/// Query or key rows that the file has in the order of interleaved rotation, pairs (0, 1), (2, 3) and on; the model turns channel i with
/// channel i + half, as the checkpoints do that such files are made from. The rows are put back.
/// </summary>
/// <param name="Entry">As the base has it.</param>
/// <param name="File">As the base has it.</param>
/// <param name="Tensor">The tensor of the file.</param>
/// <param name="HeadDimension">Rows per head; even.</param>
internal sealed record DeinterleavedTensor(TensorEntry Entry, GgufFile File, TensorEntry Tensor, int HeadDimension) : TensorSource(Entry, File)
{
    public override void ReadRows(long firstRow, Span<byte> destination)
    {
        // Of a bias each value is a row.
        var rowCount = Entry.Shape[0];
        var rowBytes = (int)(Entry.ByteCount / rowCount);
        var first = Entry.Shape.Count == 1 ? 0 : firstRow;
        for (var i = 0; i < destination.Length / rowBytes; i++)
        {
            var (head, channel) = Math.DivRem(first + i, HeadDimension);
            var half = HeadDimension / 2;
            var row = (head * HeadDimension) + (channel % half * 2) + (channel / half);
            File.Read(Tensor, row * rowBytes, destination.Slice(i * rowBytes, rowBytes));
        }
    }
}
