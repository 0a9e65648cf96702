namespace Gateway.Engine.Weights;

/// <summary>A weight file is damaged, or holds something that cannot be used.</summary>
public sealed class WeightsFormatException : EngineException
{
    public WeightsFormatException(string file, string? tensor, string problem)
        : base(tensor is null ? $"{file}: {problem}" : $"{file}: tensor '{tensor}': {problem}")
    {
        File = file;
        Tensor = tensor;
    }

    public WeightsFormatException(string file, string problem, Exception innerException)
        : base($"{file}: {problem}", innerException)
    {
        File = file;
    }

    /// <summary>Path of the file.</summary>
    public string File { get; }

    /// <summary>Name of the tensor, when one is to blame.</summary>
    public string? Tensor { get; }
}
