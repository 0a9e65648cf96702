namespace Gateway.Hosting;

/// <summary>
/// Resolves a path of the configuration: below the working directory, so that a checkout's own files are the ones that are edited and
/// watched; beside the binary when it is only there, so that the defaults work from anywhere.
/// </summary>
internal static class ConfiguredPath
{
    public static string Resolve(string path)
    {
        var below = Path.GetFullPath(path);
        var beside = Path.GetFullPath(path, AppContext.BaseDirectory);
        return !Path.Exists(below) && Path.Exists(beside) ? beside : below;
    }
}
