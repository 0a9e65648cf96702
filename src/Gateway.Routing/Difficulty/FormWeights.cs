namespace Gateway.Routing.Difficulty;

/// <summary>The part of the weights that is the form's own.</summary>
/// <param name="Scaler">Standardises the dense features of prompts of this form.</param>
internal sealed record FormWeights(DenseScaler Scaler, LinearHead Weak, LinearHead Strong);
