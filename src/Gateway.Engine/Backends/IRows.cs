namespace Gateway.Engine.Backends;

/// <summary>A matrix with a row for each token of a step, in the backend's memory. Written anew by each step.</summary>
internal interface IRows
{
    int Columns { get; }
}
