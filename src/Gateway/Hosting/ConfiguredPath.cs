namespace Gateway.Hosting;

/// <summary>
/// Resolves a path of the configuration: below the working directory when it is there, so that a checkout's own files are the ones that
/// are edited and watched; else beside the binary, so that the defaults work from anywhere.
/// </summary>
internal static class ConfiguredPath
{
    public static string Resolve(string path)
    {
        var below = Path.GetFullPath(path);
        return Directory.Exists(below) ? below : Path.GetFullPath(path, AppContext.BaseDirectory);
    }
}
