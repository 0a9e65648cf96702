namespace Gateway.Engine;

/// <summary>What matrices of bfloat16 weights multiply where the CPU computes.</summary>
public enum MatrixInputs
{
    /// <summary>float32.</summary>
    F32,

    /// <summary>float32 rounded to bfloat16; sums are float32.</summary>
    BF16,
}
