using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>What adapters add to the experts of a layer, in device memory.</summary>
internal sealed class CudaExpertAdapters
{
    private readonly CudaBackend _backend;
    private readonly CudaPairs _gate;
    private readonly CudaPairs _up;
    private readonly CudaPairs _down;

    private CudaExpertAdapters(
        CudaBackend backend, IReadOnlyList<LinearPart> gate, IReadOnlyList<LinearPart> up, IReadOnlyList<LinearPart> down, int choices)
    {
        _backend = backend;
        (_gate, _up, _down) = (Load(gate), Load(up), Load(down));
        var rank = Math.Max(_gate.MaxRank, Math.Max(_up.MaxRank, _down.MaxRank));
        backend.Scratch.ReserveBytes(CudaPairs.LowRank, (long)backend.MaxTokens * choices * rank * sizeof(float));

        CudaPairs Load(IReadOnlyList<LinearPart> experts) => new(backend, [.. experts.Select(expert => expert.Adapters)]);
    }

    /// <summary>For the step that has begun.</summary>
    public ExpertAdapters OfStep => new(_gate.OfStep, _up.OfStep, _down.OfStep, _backend.Scratch[CudaPairs.LowRank]);

    /// <returns>Null when no adapter adds anything.</returns>
    public static CudaExpertAdapters? Of(
        CudaBackend backend, IReadOnlyList<LinearPart> gate, IReadOnlyList<LinearPart> up, IReadOnlyList<LinearPart> down, int choices) =>
        gate.Concat(up).Concat(down).All(expert => expert.Adapters.IsEmpty) ? null : new CudaExpertAdapters(backend, gate, up, down, choices);
}
