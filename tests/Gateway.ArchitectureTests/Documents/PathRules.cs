using System.Text.RegularExpressions;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>Files and folders that the documents name exist.</summary>
internal static partial class PathRules
{
    /// <summary>Made by operators, not part of the repository.</summary>
    private static readonly HashSet<string> NotOurs = ["policies/keys.yaml"];

    public static IEnumerable<string> Check(Document document) =>
        document.InlineCode.Where(IsPath).Where(path => !IsThere(path)).Select(path => $"{document.Path}: `{path}` does not exist.")
            .Concat(document.Links.Where(link => !IsExternal(link)).Where(link => !Resolves(document, link)).Select(link => $"{document.Path}: the link '{link}' leads nowhere."));

    private static bool IsPath(string code) => BelowTopLevel().IsMatch(code) || FileAtRoot().IsMatch(code) || Source().IsMatch(code);

    private static bool IsThere(string path) =>
        NotOurs.Contains(path)
        || Repository.Exists(path)
        || (Source().IsMatch(path) && Repository.Files.Any(file => file.EndsWith("/" + path, StringComparison.Ordinal)));

    private static bool IsExternal(string link) => link.Contains("://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal);

    private static bool Resolves(Document document, string link)
    {
        var (path, anchor) = link.Split('#', 2) is [var before, var after] ? (before, after) : (link, null);
        var folder = Path.GetDirectoryName(document.Path) ?? "";
        var target = path.Length == 0 ? document.Path : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, folder, path)));
        return path.Length == 0 || Repository.Exists(target)
            ? anchor is null || AnchorsOf(document, target).Contains(anchor)
            : false;
    }

    private static IEnumerable<string> AnchorsOf(Document document, string target) =>
        target == document.Path ? document.Anchors : new Document(target, Repository.Read(target)).Anchors;

    [GeneratedRegex(@"^(src|policies|models|tests|docs|benchmarks|grafana|k8s|\.ci)(/[\w.\-]+)*/?$")]
    private static partial Regex BelowTopLevel();

    [GeneratedRegex(@"^(Directory\.\w+\.(props|targets)|Gateway\.sln|Dockerfile|README\.md|appsettings\.json|\.editorconfig|global\.json)$")]
    private static partial Regex FileAtRoot();

    [GeneratedRegex(@"^[\w./]+\.(cs|csproj)$")]
    private static partial Regex Source();
}
