namespace Gateway.Routing;

/// <summary>An export that could not be read and does not count.</summary>
/// <param name="Replica">Whose it is.</param>
/// <param name="Reason">What is wrong with it, as the end of a sentence.</param>
public sealed record IgnoredExport(string Replica, string Reason);
