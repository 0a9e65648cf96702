namespace Gateway.Engine.Weights;

/// <summary>
/// A matrix of a checkpoint that is known to be there in the right shape, and is read when a backend wants it: so a model on its way
/// to a device is never in the host's memory as a whole.
/// </summary>
/// <param name="name">The tensor's name in the checkpoint.</param>
/// <param name="rows">Number of rows.</param>
/// <param name="columns">Number of columns.</param>
/// <param name="format">What it will be in.</param>
/// <param name="read">Reads it.</param>
internal sealed class WeightSource(string name, int rows, int columns, WeightFormat format, Func<WeightMatrix> read)
{
    private readonly WeakReference<WeightMatrix> _last = new(null!);

    public string Name => name;

    public int Rows => rows;

    public int Columns => columns;

    /// <summary>The format of the matrix, known before it is read.</summary>
    public WeightFormat Format => format;

    /// <summary>The matrix. Whoever reads it again while it is still in use, as tied embeddings are, gets the same one.</summary>
    /// <exception cref="WeightsFormatException">The file cannot be read, or the values are not finite.</exception>
    public WeightMatrix Read()
    {
        if (!_last.TryGetTarget(out var matrix))
        {
            matrix = read();
            _last.SetTarget(matrix);
        }

        return matrix;
    }
}
