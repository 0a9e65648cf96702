namespace Gateway.Keys;

/// <summary>The section <c>Keys</c> of the configuration.</summary>
public sealed record KeyOptions
{
    public const string Section = "Keys";

    /// <summary>
    /// How often a gateway looks for changes of managed keys that it was not told of, in seconds: 0.1 to 60. The default is 2. Together with
    /// <c>Redis:TimeoutSeconds</c> it bounds how long a revoked key may still be good while Redis answers and its messages get lost.
    /// </summary>
    public double PollSeconds { get; init; } = 2;

    /// <summary>Every value that is out of range, as <c>Keys:Name: what to write</c>; empty when all is well.</summary>
    public IReadOnlyList<string> Validate() => PollSeconds is >= 0.1 and <= 60 ? [] : [$"{Section}:{nameof(PollSeconds)}: write 0.1 to 60."];
}
