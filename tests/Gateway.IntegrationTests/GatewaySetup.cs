using Microsoft.Extensions.DependencyInjection;

namespace Gateway.IntegrationTests;

/// <summary>What a <see cref="GatewayUnderTest"/> is started with.</summary>
public sealed class GatewaySetup
{
    /// <summary>The text of <c>policies/providers.yaml</c>.</summary>
    public string ProvidersYaml { get; set; } = "";

    /// <summary>The text of <c>policies/routes.yaml</c>.</summary>
    public string RoutesYaml { get; set; } = "";

    /// <summary>The text of <c>policies/failover.yaml</c>; null for a gateway without one.</summary>
    public string? FailoverYaml { get; set; }

    /// <summary>The text of <c>policies/keys.yaml</c>; null for a gateway without keys.</summary>
    public string? KeysYaml { get; set; }

    /// <summary>The text of <c>policies/budgets.yaml</c>; null for a gateway without limits.</summary>
    public string? BudgetsYaml { get; set; }

    /// <summary>The clock; null for the system's.</summary>
    public TimeProvider? Time { get; set; }

    /// <summary>Further settings by their full name, such as <c>Gateway:MaxRequestBodyBytes</c>.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>Replaces parts of the gateway; null for the whole real one.</summary>
    public Action<IServiceCollection>? Services { get; set; }

    /// <summary>The variables that the policies may refer to; null for those of the test process.</summary>
    public Dictionary<string, string>? Environment { get; set; }
}
