using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>Rows of weights in any stored format, as float32.</summary>
internal static class MatrixProduct
{
    /// <summary>Copies rows, widened; of one row, an embedding look-up.</summary>
    public static void CopyRows(WeightMatrix weights, int first, int count, Span<float> destination)
    {
        switch (weights.Format)
        {
            case WeightFormat.Float32:
                weights.SingleRows(first, count).CopyTo(destination);
                break;
            case WeightFormat.Float16 or WeightFormat.BFloat16:
                Widening.Widen(weights.HalfRows(first, count), weights.Format, destination);
                break;
            case WeightFormat.Float8E4M3:
                Float8.Widen(weights, first, count, destination);
                break;
            default:
                BlockDecoder.Decode(weights.Format, weights.StoredRows(first, count), destination);
                break;
        }
    }
}
