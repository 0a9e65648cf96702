namespace Gateway.Routing;

/// <summary>Who served a prefix last.</summary>
/// <param name="Model">Qualified name.</param>
/// <param name="At">When.</param>
public readonly record struct PrefixOwner(string Model, DateTimeOffset At);
