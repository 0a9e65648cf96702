namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>What the beginning of a call in the model's own format turned out to be.</summary>
/// <param name="Outcome">What it is.</param>
/// <param name="Name">The function.</param>
/// <param name="Length">How many UTF-16 units were read: up to the arguments, or over the whole call.</param>
/// <param name="Arguments">JSON text of the arguments, when the whole call was read.</param>
internal readonly record struct CallHead(CallHeadOutcome Outcome, string Name = "", int Length = 0, string Arguments = "")
{
    public static CallHead NeedsMore => new(CallHeadOutcome.NeedsMore);

    public static CallHead NoCall => new(CallHeadOutcome.NoCall);

    /// <summary>What a failed read means: wait when the text only ended too early.</summary>
    public static CallHead Unless(bool isShort) => isShort ? NeedsMore : NoCall;
}
