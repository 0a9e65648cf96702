namespace Gateway.Policies.Validation;

/// <summary>The sections of <c>failover.yaml</c> that are merged: what the defaults say, then the provider, then the route, the last one winning.</summary>
/// <param name="Defaults">Empty when the file is silent.</param>
/// <param name="Providers">By name.</param>
/// <param name="Routes">By name.</param>
internal sealed record FailoverSections(
    FailoverSection Defaults,
    IReadOnlyDictionary<string, FailoverSection> Providers,
    IReadOnlyDictionary<string, FailoverSection> Routes)
{
    /// <summary>What holds for requests as a whole; null for those on no route.</summary>
    public FailoverSection ForRequests(string? route) => OfRoute(route).Over(Defaults);

    /// <summary>What holds for attempts at a provider; null for requests on no route.</summary>
    public FailoverSection ForAttempts(string? route, string provider) =>
        OfRoute(route).Over(Providers.GetValueOrDefault(provider, FailoverSection.Empty)).Over(Defaults);

    private FailoverSection OfRoute(string? route) =>
        route is null ? FailoverSection.Empty : Routes.GetValueOrDefault(route, FailoverSection.Empty);
}
