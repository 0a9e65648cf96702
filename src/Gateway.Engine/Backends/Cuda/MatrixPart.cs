using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>Some rows and columns of a matrix of a checkpoint.</summary>
/// <param name="Source">The matrix.</param>
/// <param name="FirstRow">The first row taken.</param>
/// <param name="Rows">How many.</param>
/// <param name="FirstColumn">The first column taken.</param>
/// <param name="Columns">How many.</param>
internal readonly record struct MatrixPart(WeightSource Source, int FirstRow, int Rows, int FirstColumn, int Columns)
{
    /// <summary>All of it.</summary>
    public MatrixPart(WeightSource source)
        : this(source, 0, source.Rows, 0, source.Columns)
    {
    }
}
