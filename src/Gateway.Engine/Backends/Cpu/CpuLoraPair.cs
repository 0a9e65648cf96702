using Gateway.Engine.Adapters;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>An adapter's pair as the host computes with it, in float32.</summary>
/// <remarks>
/// A's rows are multiplied by vectors; of B's columns multiples are added, so that a range of a layer's outputs takes whole pieces of memory.
/// Both go in one fixed order, whatever range, run of vectors or thread they fall to.
/// </remarks>
internal sealed class CpuLoraPair
{
    public CpuLoraPair(LoraPair pair)
    {
        (A, Rank, Inputs, Outputs) = (pair.A, pair.Rank, pair.Inputs, pair.Outputs);
        Up = new float[pair.B.Length];
        for (var output = 0; output < Outputs; output++)
        {
            for (var row = 0; row < Rank; row++)
            {
                Up[(row * Outputs) + output] = pair.B[(output * Rank) + row] * pair.Scaling;
            }
        }
    }

    public int Rank { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>[rank, inputs]</summary>
    public float[] A { get; }

    /// <summary>[rank, outputs]: B transposed, with the scaling in it.</summary>
    public float[] Up { get; }
}
