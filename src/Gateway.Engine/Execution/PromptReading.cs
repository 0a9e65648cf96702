namespace Gateway.Engine.Execution;

/// <summary>
/// What is wanted of a prompt's own tokens, instead of the token that follows them. Steps fill it in piece by piece, in the order of
/// positions; what was read once stays read, also when its sequence is preempted and computed again.
/// </summary>
/// <param name="firstPosition">The first position that is wanted.</param>
/// <param name="endPosition">One past the last.</param>
internal abstract class PromptReading(int firstPosition, int endPosition)
{
    /// <summary>The first position that is still wanted.</summary>
    public int NextPosition { get; private set; } = firstPosition;

    public int EndPosition => endPosition;

    /// <summary>Whether a value came that is no number.</summary>
    public bool IsDamaged { get; protected set; }

    protected void Advance(int positions) => NextPosition += positions;
}
