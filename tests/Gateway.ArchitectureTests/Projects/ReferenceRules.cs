namespace Gateway.ArchitectureTests.Projects;

/// <summary>Who may reference whom, and who may use the web framework and which package.</summary>
internal static class ReferenceRules
{
    private const string WebSdk = "Microsoft.NET.Sdk.Web";
    private const string WebFramework = "Microsoft.AspNetCore.App";
    private const string Tests = "tests";

    /// <summary>The references of each product project, exactly.</summary>
    private static readonly Dictionary<string, string[]> References = new()
    {
        ["Gateway.Contracts"] = [],
        ["Gateway.Policies"] = [],
        ["Gateway.Engine"] = [],
        ["Gateway.Observability"] = [],
        ["Gateway.Redis"] = [],
        ["Gateway.Budgets"] = ["Gateway.Policies", "Gateway.Redis"],
        ["Gateway.Routing"] = ["Gateway.Contracts", "Gateway.Policies"],
        ["Gateway.Providers"] = ["Gateway.Contracts", "Gateway.Engine", "Gateway.Policies", "Gateway.Routing"],
        ["Gateway"] = ["Gateway.Budgets", "Gateway.Contracts", "Gateway.Engine", "Gateway.Observability", "Gateway.Policies", "Gateway.Providers", "Gateway.Redis", "Gateway.Routing"],
    };

    private static readonly HashSet<string> WebProjects = ["Gateway", "Gateway.Providers"];

    /// <summary>The one project of the product or of the benchmarks that may use the package; <c>tests</c> for those of the tests only.</summary>
    private static readonly Dictionary<string, string> PackageOwners = new()
    {
        ["YamlDotNet"] = "Gateway.Policies",
        ["System.CommandLine"] = "Gateway",
        ["System.Numerics.Tensors"] = "Gateway.Engine",
        ["OpenTelemetry.Exporter.OpenTelemetryProtocol"] = "Gateway.Observability",
        ["StackExchange.Redis"] = "Gateway.Redis",
        ["Microsoft.Data.Sqlite.Core"] = "Gateway.Budgets",
        ["SQLitePCLRaw.bundle_e_sqlite3"] = "Gateway.Budgets",
        ["Npgsql"] = "Gateway.Budgets",
        ["Dapper"] = "Gateway.Budgets",
        ["CsvHelper"] = "Gateway.Budgets",
        ["Spectre.Console"] = "Gateway",
        ["Polly.Core"] = "Gateway.Providers",
        ["Yarp.ReverseProxy"] = "Gateway.Providers",
        ["Microsoft.Diagnostics.NETCore.Client"] = "EnduranceBench",
        ["Microsoft.NET.Test.Sdk"] = Tests,
        ["xunit.v3"] = Tests,
        ["xunit.runner.visualstudio"] = Tests,
        ["FsCheck"] = Tests,
        ["Microsoft.Extensions.TimeProvider.Testing"] = Tests,
        ["OpenAI"] = Tests,
    };

    public static IEnumerable<string> Check(IEnumerable<ProjectFile> projects) =>
        projects.Where(project => project.IsProduct).SelectMany(project => CheckReferences(project).Concat(CheckWeb(project)))
            .Concat(projects.SelectMany(CheckPackages));

    private static IEnumerable<string> CheckReferences(ProjectFile project)
    {
        if (!References.TryGetValue(project.Name, out var allowed))
        {
            return [$"{project.Path}: a new project. Say in {nameof(ReferenceRules)} and docs/architecture.md whom it may reference."];
        }

        var actual = project.References.Order(StringComparer.Ordinal).ToList();
        return actual.SequenceEqual(allowed)
            ? []
            : [$"{project.Path}: references [{string.Join(", ", actual)}]; the architecture says [{string.Join(", ", allowed)}]."];
    }

    private static IEnumerable<string> CheckWeb(ProjectFile project) =>
        (project.Sdk == WebSdk || project.Frameworks.Contains(WebFramework)) && !WebProjects.Contains(project.Name)
            ? [$"{project.Path}: uses ASP.NET Core, which only {string.Join(" and ", WebProjects)} may."]
            : [];

    private static IEnumerable<string> CheckPackages(ProjectFile project) =>
        from package in project.Packages.Distinct()
        let owner = PackageOwners.GetValueOrDefault(package)
        where owner is null || (project.IsProduct ? owner != project.Name : project.IsTest && owner != Tests)
        select owner is null
            ? $"{project.Path}: the package {package} has no owner. Name its one project in {nameof(ReferenceRules)}."
            : $"{project.Path}: the package {package} belongs to {owner}.";
}
