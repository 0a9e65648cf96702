namespace Gateway.Engine.Tests;

/// <summary>
/// Where reference outputs are found. Two sets are walked: the small copy that the repository carries (tests/goldens), and a
/// full one: the folder that <c>GATEWAY_GOLDENS</c> names, else <c>../shared/goldens</c> beside the repository when it is there.
/// </summary>
internal static class Goldens
{
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>Every golden folder that exists here, the full set first. Never empty.</summary>
    public static IReadOnlyList<string> Roots { get; } = FindRoots();

    /// <summary>The files of that relative path in every root that has it.</summary>
    public static IEnumerable<string> Files(string relativePath) =>
        Roots.Select(root => Path.Combine(root, relativePath)).Where(File.Exists);

    /// <summary>The sub-folders of that relative path in every root, e.g. every checkpoint below <c>models</c>.</summary>
    public static IEnumerable<string> Folders(string relativePath) =>
        Roots.Select(root => Path.Combine(root, relativePath)).Where(Directory.Exists).SelectMany(Directory.GetDirectories).Order(StringComparer.Ordinal);

    /// <summary>The file of a chat template that a renderings.json in <paramref name="root"/> names.</summary>
    public static string ChatTemplate(string root, string fileName)
    {
        string[] folders =
        [
            Path.Combine(root, "chat", "templates"),
            Path.Combine(root, "chat"),
            Path.Combine(root, "..", "data", "chat-templates"),
            Path.Combine(RepositoryRoot, "..", "shared", "data", "chat-templates"),
        ];
        return folders.Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"Chat template {fileName} is in none of: {string.Join(", ", folders)}");
    }

    private static List<string> FindRoots()
    {
        List<string> roots = [];
        var named = Environment.GetEnvironmentVariable("GATEWAY_GOLDENS");
        if (!string.IsNullOrEmpty(named))
        {
            roots.Add(Directory.Exists(named) ? Path.GetFullPath(named) : throw new DirectoryNotFoundException($"GATEWAY_GOLDENS={named} is no folder."));
        }
        else if (Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared", "goldens")) is var shared && Directory.Exists(shared))
        {
            roots.Add(shared);
        }

        roots.Add(Path.Combine(RepositoryRoot, "tests", "goldens"));
        return roots;
    }

    private static string FindRepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("Gateway.sln was not found above " + AppContext.BaseDirectory);
    }
}
