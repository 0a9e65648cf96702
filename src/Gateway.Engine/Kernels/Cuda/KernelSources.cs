namespace Gateway.Engine.Kernels.Cuda;

/// <summary>The CUDA sources inside this assembly, by their file names.</summary>
internal static class KernelSources
{
    private static readonly System.Reflection.Assembly Self = typeof(KernelSources).Assembly;

    public static IReadOnlyList<string> Names { get; } =
        [.. Self.GetManifestResourceNames().Where(name => name.EndsWith(".cu", StringComparison.Ordinal) || name.EndsWith(".cuh", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <exception cref="GpuException">There is none of that name.</exception>
    public static string Read(string name)
    {
        using var stream = Self.GetManifestResourceStream(name) ?? throw new GpuException($"There is no kernel source '{name}' in this build.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
