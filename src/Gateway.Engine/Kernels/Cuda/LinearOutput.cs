namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Where a product's result goes.</summary>
internal enum LinearOutput
{
    /// <summary>Stored as T.</summary>
    Element = 0,

    /// <summary>Stored as float32.</summary>
    Float32 = 1,

    /// <summary>Added to float32 values.</summary>
    Accumulate = 2,
}
