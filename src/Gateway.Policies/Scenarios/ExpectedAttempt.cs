namespace Gateway.Policies;

/// <summary>A call that a scenario expects. In files: <c>provider/model outcome</c>.</summary>
/// <param name="Target">A provider or a model.</param>
/// <param name="Outcome">One of <see cref="Outcomes"/>, or a kind of failure.</param>
public sealed record ExpectedAttempt(FaultTarget Target, string Outcome)
{
    public const string Answered = "answered";
    public const string Overtaken = "overtaken";
    public const string Abandoned = "abandoned";

    /// <summary>What a call may have been besides a failure.</summary>
    public static readonly string[] Outcomes = [Answered, Overtaken, Abandoned];

    public override string ToString() => $"{Target} {Outcome}";
}
