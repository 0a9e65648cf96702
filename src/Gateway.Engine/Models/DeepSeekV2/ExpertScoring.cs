namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>How a mixture scores its experts.</summary>
internal enum ExpertScoring
{
    /// <summary>Softmax over all experts, as in DeepSeek-V2; see <see cref="ExpertRouter"/>.</summary>
    Softmax,

    /// <summary>A sigmoid each, and a bias that takes part in the choice only, as in DeepSeek-V3; see <see cref="DeepSeekV3.SigmoidRouter"/>.</summary>
    BiasedSigmoid,
}
