namespace Gateway.Engine.Weights;

/// <summary>What becomes of the large matrices of a checkpoint while it is loaded.</summary>
public enum Quantization
{
    /// <summary>They keep their stored form.</summary>
    None,

    /// <summary>8 bits and a binary16 scale per 32 values: 8.5 bits per weight.</summary>
    Q8_0,

    /// <summary>4 bits and a binary16 scale per 32 values: 4.5 bits per weight.</summary>
    Q4,
}
