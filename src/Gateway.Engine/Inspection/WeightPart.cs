namespace Gateway.Engine.Inspection;

/// <summary>The weights of a model that do the same thing and have the same form.</summary>
/// <param name="Kind">What they are: embedding, attention, dense MLP, router, shared experts, experts, norms, output.</param>
/// <param name="Form">The form that they take in memory, as weight files name it, e.g. <c>Q8_0</c>.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="Bytes">What they take in memory.</param>
/// <param name="ReadShare">Which share of them a token reads, from 0 to 1: of embeddings next to nothing, of experts those that it is sent to.</param>
public sealed record WeightPart(string Kind, string Form, long Parameters, long Bytes, double ReadShare);
