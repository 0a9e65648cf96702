namespace Gateway.Engine.Weights;

/// <summary>How a <see cref="WeightMatrix"/> stores its numbers.</summary>
internal enum WeightFormat
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>IEEE 754 binary16.</summary>
    Float16,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BFloat16,
}
