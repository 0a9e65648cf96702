namespace Gateway.IntegrationTests.ProviderPath;

/// <summary>Starts gateways whose route <c>auto</c> tries the given providers in their order.</summary>
internal static class ProviderGateway
{
    public static Task<GatewayUnderTest> StartAsync(params ProviderEntry[] providers) => StartAsync(providers, keysYaml: null);

    public static Task<GatewayUnderTest> StartAsync(IReadOnlyList<ProviderEntry> providers, string? keysYaml) =>
        GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = ProvidersYaml(providers);
            setup.RoutesYaml = $"routes:\n  auto: {{ candidates: [ {string.Join(", ", providers.Select(provider => $"{provider.Name}/{ProviderEntry.Model}"))} ] }}\n";
            setup.FailoverYaml = $"providers:\n{string.Concat(providers.Select(provider => provider.ToFailoverYaml()))}";
            setup.KeysYaml = keysYaml;
            setup.Environment = new() { [ProviderEntry.ApiKeyVariable] = ProviderEntry.ApiKey };
        });

    public static string ProvidersYaml(IEnumerable<ProviderEntry> providers) =>
        $"providers:\n{string.Concat(providers.Select(provider => provider.ToYaml()))}";
}
