namespace Gateway.Engine;

/// <summary>
/// How likely the model itself held a token: natural logarithm of the softmax over the raw logits, before masks, bias, penalties
/// and temperature.
/// </summary>
/// <param name="Logprob">Of the token that was generated; at most 0.</param>
/// <param name="Top">The likeliest tokens, best first, lowest id first on ties; as many as the request asked for.</param>
public sealed record TokenLogprob(double Logprob, IReadOnlyList<TopLogprob> Top);

/// <param name="Id">A token id.</param>
/// <param name="Logprob">Its natural-log probability; at most 0.</param>
public readonly record struct TopLogprob(int Id, double Logprob);
