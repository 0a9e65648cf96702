using System.Xml.Linq;

namespace Gateway.ArchitectureTests.Projects;

/// <summary>The build settings that the other rules stand on, and the central list of packages.</summary>
internal static class PropertyRules
{
    private static readonly string[] Switches = ["TreatWarningsAsErrors", "DisableTransitiveProjectReferences", "Nullable", "EnforceCodeStyleInBuild"];

    /// <param name="buildProps">Directory.Build.props.</param>
    public static IEnumerable<string> CheckSwitches(XElement buildProps, IEnumerable<ProjectFile> projects) =>
        from name in Switches
        from violation in CheckSwitch(name, buildProps, projects)
        select violation;

    /// <param name="packagesProps">Directory.Packages.props.</param>
    public static IEnumerable<string> CheckPackages(XElement packagesProps, IReadOnlyCollection<ProjectFile> projects)
    {
        var used = projects.SelectMany(project => project.Packages).ToHashSet();
        foreach (var version in packagesProps.Descendants("PackageVersion"))
        {
            var name = (string?)version.Attribute("Include") ?? "";
            if (!version.NodesBeforeSelf().OfType<XComment>().Any())
            {
                yield return $"Directory.Packages.props: no comment says what {name} is for.";
            }

            if (!used.Contains(name))
            {
                yield return $"Directory.Packages.props: no project uses {name}. Remove it.";
            }
        }
    }

    private static IEnumerable<string> CheckSwitch(string name, XElement buildProps, IEnumerable<ProjectFile> projects)
    {
        if (buildProps.Descendants(name).Select(element => element.Value).SingleOrDefault() is not ("true" or "enable"))
        {
            yield return $"Directory.Build.props: {name} is not on.";
        }

        foreach (var project in projects.Where(project => project.Xml.Descendants(name).Any()))
        {
            yield return $"{project.Path}: sets {name} by itself. Leave it to Directory.Build.props.";
        }
    }
}
