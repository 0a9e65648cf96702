namespace Gateway.Engine.Constraints.Automata;

/// <summary>
/// Counts how often a body was taken, on the stack instead of by one state per number: so a limit of a million costs what one of three does.
/// </summary>
/// <param name="body">What is repeated; never empty.</param>
/// <param name="min">The repetition may end from then on.</param>
/// <param name="max">It must end there; null: never.</param>
internal sealed class RepeatCounter(RuleAutomaton body, int min, int? max)
{
    public RuleAutomaton Body { get; } = body;

    public int Min { get; set; } = min;

    public int? Max { get; } = max;

    /// <summary>The count after one more; without a limit it stays at the least that is enough.</summary>
    public int Next(int count) => Max is null && count >= Min ? Min : count + 1;

    /// <summary>
    /// The count that stands for this one where no more than <paramref name="horizon"/> repetitions are looked ahead: far from both limits
    /// all counts have the same future.
    /// </summary>
    public int Representative(int count, int horizon)
    {
        if (count < Min)
        {
            return Min - count > horizon ? 0 : count;
        }

        return Max is null || Max - count > horizon ? Min : count;
    }
}
