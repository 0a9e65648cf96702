namespace Gateway.Testing;

/// <summary>Finds the files of the checkout from the folder in which the tests run.</summary>
public static class RepositoryRoot
{
    /// <summary>The absolute path of the folder that holds <c>Gateway.sln</c>.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Gateway.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Gateway.sln.");
    }
}
