namespace Gateway.Engine.Weights;

/// <summary>A tensor that a model uses.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Form">The form that it takes in memory.</param>
/// <param name="ElementCount">Number of values.</param>
/// <param name="ByteCount">What it takes in memory, in bytes.</param>
internal sealed record WeightClaim(string Name, WeightLayout Form, long ElementCount, long ByteCount);
