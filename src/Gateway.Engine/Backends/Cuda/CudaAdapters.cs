using System.Runtime.InteropServices;
using Gateway.Engine.Adapters;
using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>What adapters add to one linear layer, in device memory.</summary>
internal sealed class CudaAdapters
{
    private const string LowRank = "lowRank";

    private readonly CudaBackend _backend;
    private readonly DevicePointer _pairs;
    private readonly int _maxRank;
    private readonly int _inputs;
    private readonly int _outputs;

    private CudaAdapters(CudaBackend backend, ModuleAdapters adapters)
    {
        _backend = backend;
        var pairs = new DevicePair[adapters.ByNumber.Count];
        for (var number = 0; number < pairs.Length; number++)
        {
            if (adapters.ByNumber[number] is { } pair)
            {
                pairs[number] = new DevicePair(backend.Weights.Vector(pair.A), backend.Weights.Vector(Transposed(pair)), pair.Rank);
                (_maxRank, _inputs, _outputs) = (Math.Max(_maxRank, pair.Rank), pair.Inputs, pair.Outputs);
            }
        }

        _pairs = backend.Weights.Bytes(MemoryMarshal.AsBytes<DevicePair>(pairs));
        backend.Scratch.ReserveBytes(LowRank, (long)backend.MaxTokens * _maxRank * sizeof(float));
    }

    /// <summary>For kernels that apply them in a form of their own.</summary>
    public DeviceAdapters OfStep => new(_pairs, _backend.Step.Adapters, _maxRank);

    /// <returns>Null when no adapter adds anything.</returns>
    public static CudaAdapters? Of(CudaBackend backend, ModuleAdapters adapters) => adapters.IsEmpty ? null : new CudaAdapters(backend, adapters);

    /// <summary>y += B · (A · x) for all tokens of the step that are under one.</summary>
    /// <param name="x">The backend's type, [tokens, inputs].</param>
    /// <param name="y">[tokens, outputs], rows <paramref name="yStride"/> elements apart.</param>
    /// <param name="yType">The backend's type, or float32: the residual stream.</param>
    /// <param name="yStride">Elements from one token's outputs to the next's.</param>
    public void Add(DevicePointer x, DevicePointer y, ElementType yType, long yStride) =>
        _backend.Adapters.Add(OfStep, _backend.Step.Tokens, x, _inputs, _backend.Scratch[LowRank], y, yType, yStride, _outputs);

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
