namespace Gateway.Engine.Weights;

/// <summary>
/// How a <see cref="WeightMatrix"/> stores its numbers. The names of the block formats are those of GGUF, where they come from:
/// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
/// </summary>
internal enum WeightFormat
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>IEEE 754 binary16.</summary>
    Float16,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BFloat16,

    /// <summary>8-bit floating point with four bits of exponent (OCP E4M3), and a float32 scale per 128 × 128 values.</summary>
    Float8E4M3,

    /// <summary>4 bits and a scale per 32 values.</summary>
    Q4_0,

    /// <summary>4 bits, a scale and a minimum per 32 values.</summary>
    Q4_1,

    /// <summary>5 bits and a scale per 32 values.</summary>
    Q5_0,

    /// <summary>5 bits, a scale and a minimum per 32 values.</summary>
    Q5_1,

    /// <summary>8 bits and a scale per 32 values.</summary>
    Q8_0,

    /// <summary>2 bits; scales of 16 values, themselves scaled per 256.</summary>
    Q2_K,

    /// <summary>3 bits; scales of 16 values, themselves scaled per 256.</summary>
    Q3_K,

    /// <summary>4 bits; scales and minima of 32 values, themselves scaled per 256.</summary>
    Q4_K,

    /// <summary>5 bits; scales and minima of 32 values, themselves scaled per 256.</summary>
    Q5_K,

    /// <summary>6 bits; scales of 16 values, themselves scaled per 256.</summary>
    Q6_K,

    /// <summary>4 bits that choose from 16 uneven steps, and a scale per 32 values.</summary>
    IQ4_NL,

    /// <summary>4 bits that choose from 16 uneven steps; scales of 32 values, themselves scaled per 256.</summary>
    IQ4_XS,
}
