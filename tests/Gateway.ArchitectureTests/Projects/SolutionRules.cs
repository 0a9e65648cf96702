namespace Gateway.ArchitectureTests.Projects;

/// <summary>Nothing is left out: every project is built and tested by the solution.</summary>
internal static class SolutionRules
{
    private const string Self = "Gateway.ArchitectureTests";

    /// <param name="solution">The text of Gateway.sln.</param>
    public static IEnumerable<string> CheckMembership(string solution, IEnumerable<ProjectFile> projects) =>
        from project in projects
        where project.IsProduct || project.Path.StartsWith("tests/", StringComparison.Ordinal)
        where !solution.Replace('\\', '/').Contains($"\"{project.Path}\"", StringComparison.Ordinal)
        select $"{project.Path}: not in Gateway.sln. Run: dotnet sln Gateway.sln add {project.Path}";

    /// <summary>This project looks at all others from the outside, which is no test of what they do.</summary>
    public static IEnumerable<string> CheckTested(IReadOnlyCollection<ProjectFile> projects)
    {
        var tested = projects.Where(project => project.IsTest && project.Name != Self).SelectMany(project => project.References).ToHashSet();
        return projects.Where(project => project.IsProduct && !tested.Contains(project.Name)).Select(project => $"{project.Path}: no test project references it.");
    }
}
