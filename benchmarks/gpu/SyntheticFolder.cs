using Gateway.Engine.Synthesis;

namespace Gateway.Benchmarks.Gpu;

/// <summary>Writes the first layers of a DeepSeek-V2-Lite with seeded random weights, for transformers to read.</summary>
internal static class SyntheticFolder
{
    public const long Seed = 1;

    public static int WriteConfig(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), SyntheticShape.V2Lite.ConfigJson);
        return 0;
    }

    public static int Write(string folder, int layers)
    {
        Directory.CreateDirectory(folder);
        var shape = SyntheticShape.V2Lite with { Layers = layers };
        File.WriteAllText(Path.Combine(folder, "config.json"), shape.ConfigJson);
        using var checkpoint = new SyntheticCheckpoint(shape, Seed);
        SafetensorsWriter.Write(checkpoint, Path.Combine(folder, "model.safetensors"));
        return 0;
    }
}
