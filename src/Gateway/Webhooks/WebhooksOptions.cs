namespace Gateway.Webhooks;

/// <summary>The section <c>Webhooks</c> of the configuration: how reached thresholds are delivered. Where to stands in <c>budgets.yaml</c>.</summary>
public sealed record WebhooksOptions
{
    public const string Section = "Webhooks";

    /// <summary>How long a receiver may take to answer, in seconds: 0.1 to 60. The default is 10.</summary>
    public double TimeoutSeconds { get; init; } = 10;

    /// <summary>The pause before the second attempt, in seconds: 0.1 to 3,600. The default is 5. Each further pause is twice as long, up to an hour.</summary>
    public double FirstRetrySeconds { get; init; } = 5;

    /// <summary>After how long a notice that nobody took is given up, in seconds: 60 to 604,800. The default is 86,400 (a day).</summary>
    public double GiveUpSeconds { get; init; } = 86_400;

    /// <summary>Every value that is out of range, as <c>Webhooks:Name: what to write</c>; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        Check(TimeoutSeconds is >= 0.1 and <= 60, nameof(TimeoutSeconds), "write 0.1 to 60");
        Check(FirstRetrySeconds is >= 0.1 and <= 3600, nameof(FirstRetrySeconds), "write 0.1 to 3600");
        Check(GiveUpSeconds is >= 60 and <= 604_800, nameof(GiveUpSeconds), "write 60 to 604800");
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
