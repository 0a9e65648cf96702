namespace Gateway.Engine.Kernels.Cuda;

/// <summary>How activations and weights are stored on the device. Sums are float32 in either case.</summary>
internal enum ElementType
{
    /// <summary>IEEE 754 binary32, 4 bytes.</summary>
    Float32,

    /// <summary>bfloat16, 2 bytes.</summary>
    BFloat16,
}
