namespace Gateway.Engine.Execution;

/// <summary>How likely each token of a text was, given those before it: position i tells about token i + 1.</summary>
/// <param name="ids">The text.</param>
/// <param name="top">How many of the likeliest tokens come with each.</param>
internal sealed class PromptScores(IReadOnlyList<int> ids, int top) : PromptReading(0, ids.Count - 1)
{
    private readonly int[] _ids = [.. ids];
    private readonly List<TokenLogprob> _scores = new(Math.Max(0, ids.Count - 1));

    public int Top => top;

    /// <summary>One per token but the first, in order.</summary>
    public IReadOnlyList<TokenLogprob> Scores => _scores;

    /// <summary>The tokens that are judged next.</summary>
    public ReadOnlySpan<int> Targets(int count) => _ids.AsSpan(NextPosition + 1, count);

    /// <summary>Takes the score of the first of <see cref="Targets"/>.</summary>
    public void Add(TokenLogprob score)
    {
        IsDamaged |= !double.IsFinite(score.Logprob);
        _scores.Add(score);
        Advance(1);
    }
}
