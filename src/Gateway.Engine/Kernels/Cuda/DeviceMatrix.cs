namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Weights of a product, [rows, columns], row-major.</summary>
/// <param name="Values">The backend's type; with <paramref name="Scales"/> codes of 8-bit floating point (E4M3), a byte each.</param>
/// <param name="Scales">
/// float32 [rows, ⌈columns / 128⌉]: what a row's codes of 128 columns are multiplied by. One per row, not per square as checkpoints have
/// them, so that matrices can be joined at any row. Null: the values are the weights.
/// </param>
internal readonly record struct DeviceMatrix(DevicePointer Values, DevicePointer Scales = default)
{
    /// <summary>What the columns of 8-bit weights are a multiple of: a kernel's lane takes so many bytes of a row at a time.</summary>
    public const int Float8Columns = 16;

    public bool IsFloat8 => !Scales.IsNull;
}
