using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>The weights of a mixture of experts.</summary>
/// <param name="Config">How experts are chosen, and their sizes.</param>
/// <param name="Router">[experts, hidden size], without bias.</param>
/// <param name="CorrectionBias">One per expert, takes part in their choice only; null with <see cref="ExpertScoring.Softmax"/>.</param>
/// <param name="Experts">One MLP each.</param>
/// <param name="Shared">The shared experts as one MLP, or null.</param>
internal sealed record MixtureWeights(MixtureConfig Config, WeightSource Router, float[]? CorrectionBias, GatedMlp[] Experts, GatedMlp? Shared)
{
    /// <summary>Takes router and experts under <paramref name="name"/> from the ledger.</summary>
    public static MixtureWeights Load(WeightLedger ledger, string name, int hiddenSize, MixtureConfig config, bool sharedBias)
    {
        var experts = new GatedMlp[config.RoutedExperts];
        var router = ledger.ExactMatrix(name + ".gate.weight", config.RoutedExperts, hiddenSize);
        var bias = config.Scoring == ExpertScoring.BiasedSigmoid ? ledger.Vector(name + ".gate.e_score_correction_bias", config.RoutedExperts) : null;
        for (var expert = 0; expert < experts.Length; expert++)
        {
            experts[expert] = GatedMlp.Load(ledger, $"{name}.experts.{expert}", hiddenSize, config.InnerSize, bias: false);
        }

        var shared = config.SharedExperts > 0
            ? GatedMlp.Load(ledger, name + ".shared_experts", hiddenSize, config.SharedExperts * config.InnerSize, sharedBias)
            : null;
        return new MixtureWeights(config, router, bias, experts, shared);
    }
}
