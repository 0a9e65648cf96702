namespace Gateway.Policies;

/// <summary>Where reached thresholds are reported to.</summary>
public sealed record BudgetWebhook
{
    /// <summary>What a <see cref="SigningKey"/> begins with whose rest is base64, as generators of such secrets write it; any other is taken by its bytes.</summary>
    public const string Base64SecretPrefix = "whsec_";

    public required string Name { get; init; }

    /// <summary>An absolute http or https URL without user or fragment. Secret, because many services put a token into its path or query.</summary>
    public required Secret Url { get; init; }

    /// <summary>Signs what is sent, so that the receiver can tell that it is from here; null for no signature. Visible ASCII, and base64 behind the prefix.</summary>
    public Secret? SigningKey { get; init; }
}
