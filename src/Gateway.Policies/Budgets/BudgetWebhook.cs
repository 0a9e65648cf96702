namespace Gateway.Policies;

/// <summary>Where reached thresholds are reported to.</summary>
public sealed record BudgetWebhook
{
    public required string Name { get; init; }

    /// <summary>An absolute http or https URL without user or fragment. Secret, because many services put a token into its path or query.</summary>
    public required Secret Url { get; init; }

    /// <summary>Signs what is sent, so that the receiver can tell that it is from here; null for no signature. Visible ASCII.</summary>
    public Secret? SigningKey { get; init; }
}
