namespace Gateway.Engine.Weights;

/// <summary>A tensor that a model uses.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Form">The form that it takes in memory.</param>
/// <param name="Rows">Number of rows; 1 of a vector.</param>
/// <param name="Columns">Values per row.</param>
/// <param name="ByteCount">What it takes in memory, in bytes.</param>
internal sealed record WeightClaim(string Name, WeightLayout Form, long Rows, long Columns, long ByteCount)
{
    /// <summary>Number of values.</summary>
    public long ElementCount => Rows * Columns;
}
