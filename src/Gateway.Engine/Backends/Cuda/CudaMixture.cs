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

    public CudaMixture(CudaBackend backend, int layer, float[] norm, float epsilon, MixtureWeights weights)
    {
        var config = weights.Config;
        (_backend, _layer, _norm, _epsilon) = (backend, layer, backend.Weights.Single(norm), epsilon);
        RefuseAdapters(weights);
        _rule = Rule(config);
        _router = backend.Weights.Single(weights.Router);

        // Sums of products of two bfloat16 are the same whether the factors were widened before: so a router that is stored so loses
        // nothing where its product goes the fast way.
        var isNarrow = backend.Type == ElementType.BFloat16 && weights.Router.Read().Format == WeightFormat.BFloat16;
        _narrowRouter = isNarrow ? new DeviceMatrix(backend.Weights.Matrix(weights.Router)) : default;
        _bias = weights.CorrectionBias is { } bias ? backend.Weights.Single(bias) : default;
        _experts = Load(backend, weights, norm.Length, config.RoutedExperts + config.SharedExperts, config.InnerSize);
        _scratch = backend.ExpertScratch(_rule.Choices, _experts);
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
        _backend.Experts.Run(_experts, choices, normed, rows.Pointer, _scratch, _backend.ExpertTile);
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

    private static ExpertWeights Load(CudaBackend backend, MixtureWeights weights, int hidden, int experts, int inner)
    {
        List<MatrixPart> gateUp = [], down = [];
        foreach (var mlp in weights.Experts)
        {
            gateUp.Add(new MatrixPart(mlp.Gate.Weight));
            gateUp.Add(new MatrixPart(mlp.Up.Weight));
            down.Add(new MatrixPart(mlp.Down.Weight));
        }

        if (weights.Shared is { } shared)
        {
            if (shared.Gate.Bias is not null)
            {
                throw new EngineOptionsException([$"{nameof(EngineOptions.Device)}: biases of shared experts (mlp_bias) are not supported on a GPU; use cpu."]);
            }

            for (var first = 0; first < shared.InnerSize; first += inner)
            {
                gateUp.Add(new MatrixPart(shared.Gate.Weight, first, inner, 0, hidden));
                gateUp.Add(new MatrixPart(shared.Up.Weight, first, inner, 0, hidden));
                down.Add(new MatrixPart(shared.Down.Weight, 0, hidden, first, inner));
            }
        }

        var canBeFloat8 = ExpertKernels.TakesFloat8(hidden, inner);
        var joined = new ExpertWeights(backend.Weights.Join(gateUp, canBeFloat8), backend.Weights.Join(down, canBeFloat8), experts, hidden, inner);
        if (joined.HasFloat8)
        {
            backend.Matrices.PrepareFloat8();
        }

        return joined;
    }

    /// <summary>One product serves all experts, and takes no adapter's.</summary>
    private static void RefuseAdapters(MixtureWeights weights)
    {
        foreach (var mlp in weights.Shared is { } shared ? [.. weights.Experts, shared] : weights.Experts)
        {
            if (!(mlp.Gate.Adapters.IsEmpty && mlp.Up.Adapters.IsEmpty && mlp.Down.Adapters.IsEmpty))
            {
                throw new EngineOptionsException(
                [
                    $"{nameof(EngineOptions.Adapters)}: adapters of experts are applied on the CPU only; set {nameof(EngineOptions.Device)} to cpu, "
                    + "or train adapters of attention and dense MLPs.",
                ]);
            }
        }
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
