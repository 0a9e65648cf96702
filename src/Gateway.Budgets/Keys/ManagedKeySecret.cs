namespace Gateway.Budgets;

/// <summary>What is kept of a key that a caller may present.</summary>
/// <param name="Sha256">Of its UTF-8 bytes, in lower-case hex.</param>
/// <param name="GoodUntil">The first moment at which it is no longer good, once another has followed it; null for the newest.</param>
public sealed record ManagedKeySecret(string Sha256, DateTimeOffset? GoodUntil = null);
