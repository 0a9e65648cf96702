namespace Gateway.Engine.Tests.Weights.Gguf;

/// <summary>The golden GGUF files.</summary>
internal static class GgufGoldens
{
    public static IEnumerable<string> Files() => Goldens.Roots.Select(root => Path.Combine(root, "gguf")).Where(Directory.Exists)
        .SelectMany(folder => Directory.GetFiles(folder, "*.gguf")).Order(StringComparer.Ordinal);

    /// <summary>The checkpoint that a file was made from.</summary>
    public static string ModelFolder(string file) => Path.GetFullPath(Path.Combine(file, "..", "..", "models", Path.GetFileName(file).Split('-')[0]));
}
