namespace Gateway.Idempotency;

/// <summary>The section <c>Idempotency</c> of the configuration: what becomes of requests with the header <c>Idempotency-Key</c>.</summary>
public sealed record IdempotencyOptions
{
    public const string Section = "Idempotency";

    /// <summary>For how long a whole answer is kept for retries, in seconds: 1 to 604,800 (a week). The default is 3,600 (an hour).</summary>
    public double RetentionSeconds { get; init; } = 3600;

    /// <summary>
    /// The largest answer that is kept, in bytes with its head: 1,024 to 67,108,864. The default is 1,048,576 (1 MiB). A retry of a request whose
    /// answer was larger is refused, for it would be charged again.
    /// </summary>
    public int MaxAnswerBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// After how many seconds without a sign of life of the gateway that answers, another may begin anew: 1 to 300. The default is 10. At least
    /// three times <c>Redis:TimeoutSeconds</c>, lest a slow Redis has a request run twice.
    /// </summary>
    public double LeaseSeconds { get; init; } = 10;

    /// <summary>
    /// For how long an answer is still made when its client has gone and nobody else reads it, in seconds: 0 to 600. The default is 10. With 0 it
    /// is cancelled at once, as that of a request without the header.
    /// </summary>
    public double DetachedSeconds { get; init; } = 10;

    internal TimeSpan Retention => TimeSpan.FromSeconds(RetentionSeconds);

    internal TimeSpan Lease => TimeSpan.FromSeconds(LeaseSeconds);

    internal TimeSpan Detached => TimeSpan.FromSeconds(DetachedSeconds);

    /// <summary>Every value that is out of range, as <c>Idempotency:Name: what to write</c>; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        Check(RetentionSeconds is >= 1 and <= 604_800, nameof(RetentionSeconds), "write 1 to 604800");
        Check(MaxAnswerBytes is >= 1024 and <= 64 * 1024 * 1024, nameof(MaxAnswerBytes), "write 1024 to 67108864");
        Check(LeaseSeconds is >= 1 and <= 300, nameof(LeaseSeconds), "write 1 to 300");
        Check(DetachedSeconds is >= 0 and <= 600, nameof(DetachedSeconds), "write 0 to 600");
        return errors;

        void Check(bool holds, string name, string fix)
        {
            if (!holds)
            {
                errors.Add($"{Section}:{name}: {fix}.");
            }
        }
    }
}
