using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Engine.Adapters;
using Gateway.Engine.Tests.Models;

namespace Gateway.Engine.Tests.Adapters;

/// <summary>A folder as PEFT writes it, to be read or damaged.</summary>
internal sealed class AdapterFolder : IDisposable
{
    private readonly JsonObject _header = [];
    private readonly List<byte> _data = [];

    /// <summary>A LoRA adapter of rank 2 without tensors.</summary>
    public AdapterFolder() => EditConfig(config =>
    {
        config["peft_type"] = "LORA";
        config["r"] = 2;
        config["lora_alpha"] = 4;
        config["bias"] = "none";
    });

    /// <summary>An adapter whose pairs have all the same rank and scaling.</summary>
    public AdapterFolder(LoraAdapter adapter)
        : this()
    {
        EditConfig(config =>
        {
            config["r"] = adapter.Rank;
            config["lora_alpha"] = adapter.Rank * adapter.Pairs.Values.First().Scaling;
        });
        foreach (var (module, pair) in adapter.Pairs)
        {
            Add($"base_model.model.{module}.lora_A.weight", pair.A, pair.Rank, pair.Inputs);
            Add($"base_model.model.{module}.lora_B.weight", pair.B, pair.Outputs, pair.Rank);
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("adapter-").FullName;

    public string ConfigPath => System.IO.Path.Combine(Path, "adapter_config.json");

    public string WeightsPath => System.IO.Path.Combine(Path, "adapter_model.safetensors");

    public AdapterFolder EditConfig(Action<JsonObject> edit)
    {
        var config = File.Exists(ConfigPath) ? JsonNode.Parse(File.ReadAllBytes(ConfigPath))!.AsObject() : [];
        edit(config);
        File.WriteAllText(ConfigPath, config.ToJsonString());
        return this;
    }

    /// <summary>Both halves of a module's pair, of rank 2, for a layer of 3 inputs and 4 outputs.</summary>
    public AdapterFolder AddPair(string module) => Add($"base_model.model.{module}.lora_A.weight", [1, 2, 3, 4, 5, 6], 2, 3)
        .Add($"base_model.model.{module}.lora_B.weight", [1, 2, 3, 4, 5, 6, 7, 8], 4, 2);

    public AdapterFolder Add(string name, float[] values, params int[] shape) =>
        Add(name, "F32", [.. values.SelectMany(BitConverter.GetBytes)], shape);

    public AdapterFolder Add(string name, string type, byte[] bytes, params int[] shape)
    {
        _header[name] = new JsonObject
        {
            ["dtype"] = type,
            ["shape"] = JsonSerializer.SerializeToNode(shape),
            ["data_offsets"] = JsonSerializer.SerializeToNode(new[] { _data.Count, _data.Count + bytes.Length }),
        };
        _data.AddRange(bytes);
        CheckpointCopy.WriteWeights(WeightsPath, _header, [.. _data]);
        return this;
    }

    public LoraAdapter Read() => LoraAdapterReader.Read("support", Path);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
