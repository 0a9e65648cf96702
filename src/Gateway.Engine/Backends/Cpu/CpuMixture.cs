using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Models.DeepSeekV3;

namespace Gateway.Engine.Backends.Cpu;

internal sealed class CpuMixture : IFeedForward
{
    private readonly CpuBackend _backend;
    private readonly int _layer;
    private readonly float[] _norm;
    private readonly float _epsilon;
    private readonly MixtureConfig _config;
    private readonly CpuLinear _router;
    private readonly float[] _correctionBias;
    private readonly CpuGatedMlp[] _experts;
    private readonly CpuGatedMlp? _shared;
    private readonly float[] _logits;
    private readonly int[] _choices;
    private readonly float[] _weights;
    private readonly List<int> _tokensOfExpert = [];
    private readonly List<float> _weightsOfExpert = [];

    public CpuMixture(CpuBackend backend, int layer, float[] norm, float epsilon, MixtureWeights weights)
    {
        (_backend, _layer, _norm, _epsilon, _config) = (backend, layer, norm, epsilon, weights.Config);
        _router = new CpuLinear(weights.Router.Read(), null);
        _correctionBias = weights.CorrectionBias ?? [];
        _experts = [.. weights.Experts.Select(expert => new CpuGatedMlp(expert))];
        _shared = weights.Shared is { } shared ? new CpuGatedMlp(shared) : null;
        _logits = CpuRows.Allocate(backend.MaxTokens, _config.RoutedExperts);
        _choices = new int[backend.MaxTokens * _config.ExpertsPerToken];
        _weights = new float[_choices.Length];
        backend.Scratch.Reserve(norm.Length, Math.Max(_config.InnerSize, weights.Shared?.InnerSize ?? 0));
    }

    public void Add(IRows hidden)
    {
        var (scratch, tokens) = (_backend.Scratch, _backend.Batch.TokenCount);
        _backend.Norm(RowsView.Of(hidden), _norm, _epsilon);
        Route(tokens);
        var added = scratch.Added.AsSpan(0, tokens * _norm.Length);
        added.Clear();

        // Experts in ascending order, so that a token's sum has one order whatever the batch.
        for (var expert = 0; expert < _experts.Length; expert++)
        {
            AddExpert(expert, tokens);
        }

        if (_shared is not null)
        {
            _shared.Apply(_backend, scratch.Normed, tokens, scratch.ExpertOutput);
            TensorPrimitives.Add(added, scratch.ExpertOutput.AsSpan(0, added.Length), added);
        }

        _backend.AddTo(hidden, scratch.Added);
    }

    private void Route(int tokens)
    {
        var (count, perToken) = (_config.RoutedExperts, _config.ExpertsPerToken);
        _router.Apply(_backend.Team, _backend.Scratch.Normed, _norm.Length, tokens, _logits, count);
        for (var token = 0; token < tokens; token++)
        {
            var logits = _logits.AsSpan(token * count, count);
            var choices = _choices.AsSpan(token * perToken, perToken);
            var factors = _weights.AsSpan(token * perToken, perToken);
            if (_config.Scoring == ExpertScoring.BiasedSigmoid)
            {
                SigmoidRouter.Route(_config, logits, _correctionBias, choices, factors);
            }
            else
            {
                ExpertRouter.Route(_config, logits, choices, factors);
            }
        }

        _backend.Observer?.OnExperts(_layer, _choices.AsSpan(0, tokens * perToken), _weights.AsSpan(0, tokens * perToken));
    }

    /// <summary>Runs one expert over the tokens that chose it, and adds what it says, weighted.</summary>
    private void AddExpert(int expert, int tokens)
    {
        var (scratch, width, perToken) = (_backend.Scratch, _norm.Length, _config.ExpertsPerToken);
        _tokensOfExpert.Clear();
        _weightsOfExpert.Clear();
        for (var token = 0; token < tokens; token++)
        {
            var place = _choices.AsSpan(token * perToken, perToken).IndexOf(expert);
            if (place >= 0)
            {
                scratch.Normed.AsSpan(token * width, width).CopyTo(scratch.ExpertInput.AsSpan(_tokensOfExpert.Count * width));
                _tokensOfExpert.Add(token);
                _weightsOfExpert.Add(_weights[(token * perToken) + place]);
            }
        }

        if (_tokensOfExpert.Count == 0)
        {
            return;
        }

        _experts[expert].Apply(_backend, scratch.ExpertInput, _tokensOfExpert.Count, scratch.ExpertOutput);
        var factors = CollectionsMarshal.AsSpan(_weightsOfExpert);
        for (var i = 0; i < factors.Length; i++)
        {
            var output = scratch.ExpertOutput.AsSpan(i * width, width);
            WeightedSum.Add(output, width, factors.Slice(i, 1), scratch.Added.AsSpan(_tokensOfExpert[i] * width, width));
        }
    }
}
