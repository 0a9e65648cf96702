namespace Gateway.Engine.Execution;

/// <summary>A chosen token.</summary>
/// <param name="Id">
/// Its id; <see cref="NotFinite"/> when the logits are no numbers, <see cref="NothingAllowed"/> when there was none to choose from.
/// </param>
/// <param name="Logprob">When it was asked for.</param>
internal readonly record struct Drawn(int Id, TokenLogprob? Logprob)
{
    public const int NotFinite = -1;
    public const int NothingAllowed = -2;
}
