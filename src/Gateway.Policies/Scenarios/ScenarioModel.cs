namespace Gateway.Policies;

/// <summary>How a model, or all those of a provider, answer in a scenario. What is null is as the model's card says, else as usual.</summary>
/// <param name="Target">Whom it is about.</param>
/// <param name="FirstToken">From the request to the first token.</param>
/// <param name="TokensPerSecond">After the first token; above 0.</param>
/// <param name="Tokens">The length of the answer, at least 1.</param>
public sealed record ScenarioModel(FaultTarget Target, TimeSpan? FirstToken, double? TokensPerSecond, int? Tokens);
