using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>The names of the policy files, in the order in which they are read, hashed and reported.</summary>
internal static class PolicyFiles
{
    public const string Providers = "providers.yaml";
    public const string Routes = "routes.yaml";
    public const string Failover = "failover.yaml";
    public const string Keys = "keys.yaml";
    public const string Budgets = "budgets.yaml";

    public static ImmutableArray<string> All { get; } = [Providers, Routes, Failover, Keys, Budgets];
}
