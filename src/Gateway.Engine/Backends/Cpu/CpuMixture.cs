using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Models.DeepSeekV3;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuMixture : IFeedForward, ITeamWork
{
    // What a logit costs, in multiply-adds: an exponential, and the search for the best ones.
    private const int WorkPerLogit = 50;

    private readonly CpuBackend _backend;
    private readonly int _layer;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly MixtureConfig _config;
    private readonly CpuLinears _router;
    private readonly float[] _correctionBias;
    private readonly CpuGatedMlp[] _experts;
    private readonly CpuGatedMlp? _shared;
    private readonly CpuMlpSum _sum;
    private readonly CpuRouting _routing;
    private readonly InputForms _expertsRead;
    private readonly InputForms _adaptersRead;
    private readonly InputForms _adaptersReadInner;
    private readonly InputForms _read;

    public CpuMixture(CpuBackend backend, int layer, float[] norm, float epsilon, MixtureWeights weights)
    {
        (_backend, _layer, _norm, _epsilon, _config) = (backend, layer, norm, epsilon, weights.Config);
        _router = new CpuLinears(new CpuLinear(backend.Router(weights.Router), null, null));
        _router.Reserve(backend.Inputs, backend.MaxTokens);
        _correctionBias = weights.CorrectionBias ?? [];
        _routing = backend.Routing(_config.RoutedExperts, _config.ExpertsPerToken);
        _experts = Array.ConvertAll(weights.Experts, expert => new CpuGatedMlp(backend, expert));
        _shared = weights.Shared is { } shared ? new CpuGatedMlp(backend, shared) : null;
        foreach (var expert in _experts)
        {
            expert.Reserve(backend.Inputs, backend.ExpertInner, backend.MaxTokens);
            expert.Reserve(backend.ExpertInputs, backend.ExpertInner, backend.MaxTokens * _config.ExpertsPerToken, gathers: true);
        }

        _shared?.Reserve(backend.Inputs, backend.Inner, backend.MaxTokens);
        _expertsRead = _experts.Aggregate(InputForms.None, (forms, expert) => forms | expert.Reads);
        _adaptersRead = _experts.Aggregate(InputForms.None, (forms, expert) => forms | expert.AdaptersRead);
        _adaptersReadInner = _experts.Aggregate(InputForms.None, (forms, expert) => forms | expert.InnerAdaptersRead);
        _read = _expertsRead | (_shared?.Reads ?? InputForms.None) | _router.Reads;
        _sum = new CpuMlpSum(backend, _experts.Length + 1);
        backend.Scratch.Reserve(norm.Length);
    }

    public void Add(IRows hidden)
    {
        var tokens = _backend.Batch.TokenCount;
        _backend.Norm(RowsView.Of(hidden), _norm, _epsilon);
        _backend.Inputs.Take(_backend.Team, _backend.Scratch.Normed, tokens, _norm.Length, _read, _backend.Adapters);
        Route(tokens);
        var gathered = _backend.Batch.HasAdapters ? _expertsRead | _adaptersRead : _expertsRead;
        _backend.ExpertInputs.Gather(_backend.Team, _backend.Inputs, _routing.Tokens.AsMemory(0, tokens * _config.ExpertsPerToken), gathered);

        // Experts in ascending order, then the shared ones: the order of every token's sum.
        _sum.Clear();
        for (var expert = 0; expert < _experts.Length; expert++)
        {
            var (first, count) = _routing.Places(expert);
            if (count > 0)
            {
                _experts[expert].Begin(_backend.ExpertInner, _backend.ExpertInputs, _adaptersReadInner);
                _sum.Add(
                    _experts[expert], _backend.ExpertInputs, _backend.ExpertInner, first,
                    _routing.Tokens.AsMemory(first, count), _routing.Factors.AsMemory(first, count));
            }
        }

        if (_shared is not null)
        {
            _shared.Begin(_backend.Inner, _backend.Inputs, _shared.InnerAdaptersRead);
            _sum.Add(_shared, _backend.Inputs, _backend.Inner, 0, _backend.Ascending.AsMemory(0, tokens), default);
        }

        _sum.Run((CpuRows)hidden);
    }

    private void Route(int tokens)
    {
        var (count, perToken) = (_config.RoutedExperts, _config.ExpertsPerToken);
        _router.Apply(_backend.Team, _backend.Inputs, tokens, _routing.Logits, count);
        _backend.Team.For(tokens, (long)tokens * count * WorkPerLogit, 1, this);
        _backend.Observer?.OnExperts(_layer, _routing.Choices.AsSpan(0, tokens * perToken), _routing.Weights.AsSpan(0, tokens * perToken));
        _routing.Group(tokens);
    }

    /// <summary>The choices of some tokens.</summary>
    void ITeamWork.Run(int from, int to)
    {
        var (count, perToken) = (_config.RoutedExperts, _config.ExpertsPerToken);
        for (var token = from; token < to; token++)
        {
            var logits = _routing.Logits.AsSpan(token * count, count);
            var choices = _routing.Choices.AsSpan(token * perToken, perToken);
            var weights = _routing.Weights.AsSpan(token * perToken, perToken);
            if (_config.Scoring == ExpertScoring.BiasedSigmoid)
            {
                SigmoidRouter.Route(_config, logits, _correctionBias, choices, weights);
            }
            else
            {
                ExpertRouter.Route(_config, logits, choices, weights);
            }
        }
    }
}
