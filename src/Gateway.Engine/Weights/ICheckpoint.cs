namespace Gateway.Engine.Weights;

/// <summary>
/// The weights of a model, whatever file they lie in. Names and shapes are those of Hugging Face checkpoints; a format that writes
/// them otherwise translates.
/// </summary>
internal interface ICheckpoint : IDisposable
{
    /// <summary>The folder or file, for messages.</summary>
    string Path { get; }

    IEnumerable<string> Names { get; }

    /// <summary>The tensor of that name, or null.</summary>
    TensorEntry? Find(string name);

    /// <summary>The path of the file that holds the tensor.</summary>
    string FileOf(TensorEntry entry);

    /// <summary>Reads whole rows, a row being the values of the innermost dimension.</summary>
    /// <param name="entry">A tensor of this checkpoint.</param>
    /// <param name="firstRow">The first row, counted over all outer dimensions.</param>
    /// <param name="destination">Receives the rows' bytes in the tensor's element type; a whole number of rows.</param>
    /// <exception cref="WeightsFormatException">The file cannot be read.</exception>
    void ReadRows(TensorEntry entry, long firstRow, Span<byte> destination);
}
