namespace Gateway.Budgets;

/// <summary>Something that a webhook is to be told.</summary>
/// <param name="Id">The same for the same occurrence, whoever saw it: it is told once by its id, and the receiver can tell a repetition by it.</param>
/// <param name="Webhook">The webhook's name in <c>budgets.yaml</c>.</param>
/// <param name="Body">What is sent, as JSON. Without secrets.</param>
/// <param name="CreatedAt">When it was first seen.</param>
public sealed record Notice(string Id, string Webhook, string Body, DateTimeOffset CreatedAt);
