using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Engine.Tests.Models;

/// <summary>A small golden checkpoint in a folder of its own, to be damaged.</summary>
internal sealed class CheckpointCopy : IDisposable
{
    /// <param name="model">Which one; it lies in one file.</param>
    public CheckpointCopy(string model = "deepseek_v2_lite")
    {
        Folder = Directory.CreateTempSubdirectory("checkpoint-").FullName;
        var original = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", model);
        foreach (var name in new[] { "config.json", "generation_config.json", "model.safetensors" })
        {
            File.WriteAllBytes(Path.Combine(Folder, name), File.ReadAllBytes(Path.Combine(original, name)));
        }
    }

    public string Folder { get; }

    public string ConfigPath => Path.Combine(Folder, "config.json");

    public string WeightsPath => Path.Combine(Folder, "model.safetensors");

    public void EditConfig(Action<JsonObject> edit)
    {
        var config = JsonNode.Parse(File.ReadAllBytes(ConfigPath))!.AsObject();
        edit(config);
        File.WriteAllText(ConfigPath, config.ToJsonString());
    }

    /// <summary>Changes the header, and the data that follows it.</summary>
    public void EditWeights(Func<JsonObject, byte[], byte[]> edit)
    {
        var (header, data) = ReadWeights();
        data = edit(header, data);
        WriteWeights(WeightsPath, header, data);
    }

    public (JsonObject Header, byte[] Data) ReadWeights()
    {
        var bytes = File.ReadAllBytes(WeightsPath);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return (JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject(), bytes[(8 + length)..]);
    }

    public static void WriteWeights(string path, JsonObject header, byte[] data)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        File.WriteAllBytes(path, [.. prefix, .. json, .. data]);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
