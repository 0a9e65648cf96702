using System.Runtime.InteropServices;
using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>What adapters add to layers of one shape, in device memory: to one linear layer, or to the same one of each expert.</summary>
internal sealed class CudaPairs
{
    /// <summary>Scratch for A · x: float32 [vectors, <see cref="MaxRank"/>].</summary>
    public const string LowRank = "lowRank";

    private readonly CudaBackend _backend;
    private readonly DevicePointer _pairs;

    /// <param name="backend">Receives them.</param>
    /// <param name="layers">Of each layer what adapters add to it; none or some may be empty.</param>
    public CudaPairs(CudaBackend backend, IReadOnlyList<ModuleAdapters> layers)
    {
        _backend = backend;
        var numbers = layers.Max(layer => layer.ByNumber.Count);
        var pairs = new DevicePair[numbers * layers.Count];
        for (var number = 0; number < numbers; number++)
        {
            Load([.. layers.Select(layer => layer.IsEmpty ? null : layer.ByNumber[number])], pairs.AsSpan(number * layers.Count, layers.Count));
        }

        MaxRank = pairs.Select(pair => pair.Rank).DefaultIfEmpty().Max();
        _pairs = MaxRank == 0 ? default : backend.Weights.Bytes(MemoryMarshal.AsBytes<DevicePair>(pairs));
    }

    /// <summary>The highest rank; 0 when nothing is added.</summary>
    public int MaxRank { get; }

    /// <summary>For the step that has begun.</summary>
    public DeviceAdapters OfStep => new(_pairs, _backend.Step.Adapters, MaxRank);

    /// <summary>What one adapter adds, in one piece of memory.</summary>
    private void Load(IReadOnlyList<LoraPair?> layers, Span<DevicePair> pairs)
    {
        if (layers.All(pair => pair is null))
        {
            return;
        }

        var vectors = _backend.Weights.Vectors([.. layers.OfType<LoraPair>().SelectMany<LoraPair, float[]>(pair => [pair.A, Transposed(pair)])]);
        var next = 0;
        for (var layer = 0; layer < layers.Count; layer++)
        {
            if (layers[layer] is { } pair)
            {
                pairs[layer] = new DevicePair(vectors[next], vectors[next + 1], pair.Rank);
                next += 2;
            }
        }
    }

    /// <summary>[rank, outputs], with the scaling.</summary>
    private static float[] Transposed(LoraPair pair)
    {
        var turned = new float[pair.B.Length];
        for (var output = 0; output < pair.Outputs; output++)
        {
            for (var row = 0; row < pair.Rank; row++)
            {
                turned[(row * pair.Outputs) + output] = pair.B[(output * pair.Rank) + row] * pair.Scaling;
            }
        }

        return turned;
    }
}
