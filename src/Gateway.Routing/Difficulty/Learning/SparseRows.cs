using System.Runtime.InteropServices;

namespace Gateway.Routing.Difficulty.Learning;

/// <summary>A sparse matrix by rows: [rows, <paramref name="columns"/>].</summary>
internal sealed class SparseRows(int columns)
{
    private readonly List<int> _starts = [0];
    private readonly List<int> _indices = [];
    private readonly List<float> _values = [];

    public int Columns => columns;

    /// <summary>Adds an entry to the row that <see cref="EndRow"/> will end.</summary>
    public void Add(int column, float value)
    {
        _indices.Add(column);
        _values.Add(value);
    }

    public void EndRow() => _starts.Add(_indices.Count);

    public double Dot(int row, ReadOnlySpan<double> vector)
    {
        var indices = CollectionsMarshal.AsSpan(_indices)[_starts[row].._starts[row + 1]];
        var values = CollectionsMarshal.AsSpan(_values)[_starts[row].._starts[row + 1]];
        double sum = 0;
        for (int i = 0; i < indices.Length; i++)
        {
            sum += values[i] * vector[indices[i]];
        }

        return sum;
    }

    /// <summary>Adds <paramref name="scale"/> times the row to <paramref name="vector"/>.</summary>
    public void AddTo(int row, double scale, Span<double> vector)
    {
        var indices = CollectionsMarshal.AsSpan(_indices)[_starts[row].._starts[row + 1]];
        var values = CollectionsMarshal.AsSpan(_values)[_starts[row].._starts[row + 1]];
        for (int i = 0; i < indices.Length; i++)
        {
            vector[indices[i]] += scale * values[i];
        }
    }
}
