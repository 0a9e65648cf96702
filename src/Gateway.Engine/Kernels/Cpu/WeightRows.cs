using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>Widens rows of weights of any stored format.</summary>
internal static class WeightRows
{
    /// <summary>Copies rows as float32; of one row, an embedding look-up.</summary>
    public static void CopyWidened(WeightMatrix weights, int first, int count, Span<float> destination)
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
