using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>
/// Routed and shared experts together: an MLP of n times an expert's width is the sum of n experts, so the shared ones are further
/// experts that every token takes with weight 1, and one product serves all.
/// </summary>
internal sealed class CudaMixture : IFeedForward
{
    private readonly CudaBackend _backend;
    private readonly int _layer;
    private readonly DevicePointer _norm;
    private readonly float _epsilon;
    private readonly DevicePointer _router;
    private readonly DeviceMatrix _narrowRouter;
    private readonly DevicePointer _bias;
    private readonly RouterRule _rule;
    private readonly ExpertWeights _experts;
    private readonly ExpertScratch _scratch;
    private readonly CudaExpertAdapters? _adapters;

    public CudaMixture(CudaBackend backend, int layer, float[] norm, float epsilon, MixtureWeights weights)
    {
        var config = weights.Config;
        (_backend, _layer, _norm, _epsilon) = (backend, layer, backend.Weights.Single(norm), epsilon);
        if (weights.Shared?.Gate.Bias is not null)
        {
            throw new EngineOptionsException([$"{nameof(EngineOptions.Device)}: biases of shared experts (mlp_bias) are not supported on a GPU; use cpu."]);
        }

        _rule = Rule(config);
        _router = backend.Weights.Single(weights.Router);

        // Sums of products of two bfloat16 are the same whether the factors were widened before: so a router that is stored so loses
        // nothing where its product goes the fast way.
        var isNarrow = backend.Type == ElementType.BFloat16 && weights.Router.Read().Format == WeightFormat.BFloat16;
        _narrowRouter = isNarrow ? new DeviceMatrix(backend.Weights.Matrix(weights.Router)) : default;
        _bias = weights.CorrectionBias is { } bias ? backend.Weights.Single(bias) : default;
        var gate = Parts(weights, mlp => mlp.Gate, LinearPart.OfOutputs);
        var up = Parts(weights, mlp => mlp.Up, LinearPart.OfOutputs);
        var down = Parts(weights, mlp => mlp.Down, LinearPart.OfInputs);
        _experts = Join(backend, gate, up, down, norm.Length, config.InnerSize);
        _scratch = backend.ExpertScratch(_rule.Choices, _experts);
        _adapters = CudaExpertAdapters.Of(backend, gate, up, down, _rule.Choices);
        if (_adapters is not null)
        {
            _scratch.ReserveAdapters();
        }

        backend.Scratch.Reserve("normed", norm.Length);
        backend.Scratch.ReserveBytes("routerLogits", (long)backend.MaxTokens * config.RoutedExperts * sizeof(float));
        backend.Scratch.ReserveBytes("experts", (long)backend.MaxTokens * _rule.Choices * sizeof(int));
        backend.Scratch.ReserveBytes("expertWeights", (long)backend.MaxTokens * _rule.Choices * sizeof(float));
    }

    public void Add(IRows hidden)
    {
        var (rows, step, scratch) = ((CudaRows)hidden, _backend.Step, _backend.Scratch);
        var (normed, logits) = (scratch["normed"], scratch["routerLogits"]);
        var choices = new ExpertChoices(scratch["experts"], scratch["expertWeights"], step.Tokens, _rule.Choices);
        if (step.Tokens <= RouterKernels.MaxFewTokens)
        {
            _backend.Router.NormAndRoute(
                _rule, rows.Pointer, _norm, _epsilon, _router, _bias, step.Slots, _experts.HiddenSize, logits, normed, choices);
        }
        else
        {
            _backend.Elementwise.RmsNorm(rows.Pointer, _norm, normed, step.Tokens, _experts.HiddenSize, _epsilon);
            Route(normed, logits, choices);
        }

        Observe(choices);
        var adapters = step.HasAdapters && _adapters is not null ? _adapters.OfStep : default;
        _backend.Experts.Run(_experts, choices, normed, rows.Pointer, _scratch, _backend.ExpertTile, adapters);
    }

    private void Route(DevicePointer normed, DevicePointer logits, in ExpertChoices choices)
    {
        var (hidden, slots) = (_experts.HiddenSize, _backend.Step.Slots);
        if (_narrowRouter.Values.IsNull)
        {
            _backend.Router.Route(_rule, normed, _router, _bias, slots, hidden, logits, choices);
            return;
        }

        _backend.Matrices.Multiply(normed, _narrowRouter, logits, choices.Tokens, _rule.Experts, hidden, LinearOutput.Float32);
        _backend.Router.Choose(_rule, logits, _bias, slots, choices);
    }

    private static RouterRule Rule(MixtureConfig config)
    {
        // DeepSeek-V2's code normalises instead of scaling; DeepSeek-V3's does both.
        var isSigmoid = config.Scoring == ExpertScoring.BiasedSigmoid;
        return new RouterRule(
            config.RoutedExperts,
            config.ExpertsPerToken,
            config.SharedExperts,
            config.Groups,
            config.GroupsPerToken,
            isSigmoid ? RouterScoring.Sigmoid : RouterScoring.Softmax,
            config.NormalizeWeights,
            config.NormalizeWeights && !isSigmoid ? 1 : config.ScalingFactor);
    }

    /// <summary>A layer of all experts, the shared ones cut into as many as they count for.</summary>
    private static List<LinearPart> Parts(MixtureWeights weights, Func<GatedMlp, Linear> layer, Func<Linear, int, int, LinearPart> cut)
    {
        List<LinearPart> parts = [.. weights.Experts.Select(mlp => new LinearPart(layer(mlp)))];
        if (weights.Shared is { } shared)
        {
            var inner = weights.Config.InnerSize;
            parts.AddRange(Enumerable.Range(0, shared.InnerSize / inner).Select(part => cut(layer(shared), part * inner, inner)));
        }

        return parts;
    }

    private static ExpertWeights Join(CudaBackend backend, List<LinearPart> gate, List<LinearPart> up, List<LinearPart> down, int hidden, int inner)
    {
        var canBeFloat8 = ExpertKernels.TakesFloat8(hidden, inner);
        var joined = new ExpertWeights(
            backend.Weights.Join([.. gate.Zip(up).SelectMany<(LinearPart Gate, LinearPart Up), MatrixPart>(pair => [pair.Gate.Weight, pair.Up.Weight])], canBeFloat8),
            backend.Weights.Join([.. down.Select(part => part.Weight)], canBeFloat8),
            down.Count,
            hidden,
            inner);
        if (joined.HasFloat8)
        {
            backend.Matrices.PrepareFloat8();
        }

        return joined;
    }

    private void Observe(ExpertChoices choices)
    {
        if (_backend.Observer is null)
        {
            return;
        }

        var (experts, factors) = (new int[choices.Tokens * choices.Choices], new float[choices.Tokens * choices.Choices]);
        _backend.Read(choices.Experts, System.Runtime.InteropServices.MemoryMarshal.AsBytes(experts.AsSpan()));
        _backend.ReadSingles(choices.Weights, factors);

        // Observers know nothing of shared experts among the others.
        var routed = _rule.ExpertsPerToken;
        _backend.Observer.OnExperts(
            _layer,
            experts.Chunk(choices.Choices).SelectMany(token => token[..routed]).ToArray(),
            factors.Chunk(choices.Choices).SelectMany(token => token[..routed]).ToArray());
    }
}
