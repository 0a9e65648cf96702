namespace Gateway.Budgets;

/// <summary>A record that the admin API keeps, in its stored form.</summary>
/// <param name="Revision">1 for a new one, one more with each change.</param>
/// <param name="Text">JSON with the revision as its member <c>revision</c>.</param>
internal sealed record ManagedRecord(string Id, long Revision, string Text);
