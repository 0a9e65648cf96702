using Gateway.Engine.Scheduling;

namespace Gateway.Engine;

/// <summary>What the engine's loop counts. Guarded by its lock.</summary>
internal sealed class LoopCounters
{
    private readonly DistributionCounter[] _waits = [.. Enum.GetValues<SchedulingPriority>().Select(_ => new DistributionCounter(DistributionCounter.Seconds))];

    public long Steps { get; private set; }

    public long PrefillTokens { get; private set; }

    public long DecodeTokens { get; private set; }

    public long TokensGenerated { get; private set; }

    public DistributionCounter BatchSize { get; } = new(DistributionCounter.Requests);

    public DistributionCounter TimeToFirstToken { get; } = new(DistributionCounter.Seconds);

    public DistributionCounter TimePerToken { get; } = new(DistributionCounter.Seconds);

    public DistributionCounter WaitOf(SchedulingPriority priority) => _waits[(int)priority];

    public void AddStep(List<ScheduledSequence<Generation>> parts)
    {
        Steps++;
        BatchSize.Add(parts.Count);
        foreach (var part in parts)
        {
            PrefillTokens += part.IsPrefill ? part.Tokens : 0;
            DecodeTokens += part.IsPrefill ? 0 : part.Tokens;
        }
    }

    /// <summary>A token was delivered.</summary>
    /// <param name="isFirst">Whether it is its request's first.</param>
    /// <param name="seconds">Since the submission, or since the token before.</param>
    public void AddToken(bool isFirst, double seconds)
    {
        TokensGenerated++;
        (isFirst ? TimeToFirstToken : TimePerToken).Add(seconds);
    }
}
