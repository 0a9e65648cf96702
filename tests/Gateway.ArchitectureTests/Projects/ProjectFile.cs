using System.Xml.Linq;

namespace Gateway.ArchitectureTests.Projects;

/// <summary>What a csproj file says about dependencies.</summary>
/// <param name="Path">From the root of the repository.</param>
internal sealed record ProjectFile(string Path, XElement Xml)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);

    /// <summary>Whether <c>dotnet test</c> runs it.</summary>
    public bool IsTest => Packages.Contains("Microsoft.NET.Test.Sdk");

    public string Sdk => (string?)Xml.Attribute("Sdk") ?? "";

    public IEnumerable<string> References => Includes("ProjectReference").Select(path => System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));

    /// <summary>Packages by either way in, and assemblies taken from a package's folder.</summary>
    public IEnumerable<string> Packages => Includes("PackageReference").Concat(Includes("PackageDownload")).Concat(Includes("Reference"));

    public IEnumerable<string> Frameworks => Includes("FrameworkReference");

    public static IReadOnlyList<ProjectFile> All { get; } =
        [.. Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)).Select(path => Parse(path, Repository.Read(path)))];

    public static ProjectFile Parse(string path, string xml) => new(path, XElement.Parse(xml));

    private IEnumerable<string> Includes(string item) => Xml.Descendants(item).Select(element => (string?)element.Attribute("Include") ?? "");
}
