namespace Gateway.Engine.Inspection;

/// <summary>An adapter beside the model.</summary>
/// <param name="Name">What the operator calls it.</param>
/// <param name="Rank">The highest rank of its pairs.</param>
/// <param name="Modules">Linear layers that it changes.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="Bytes">What they take in memory.</param>
public sealed record AdapterInspection(string Name, int Rank, int Modules, long Parameters, long Bytes);
