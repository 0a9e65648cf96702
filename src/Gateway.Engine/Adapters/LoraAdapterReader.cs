using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Adapters;

/// <summary>
/// Reads an adapter from a folder as PEFT writes it: adapter_config.json and adapter_model.safetensors. Whether it fits a model is
/// <see cref="AdapterLedger"/>'s to say.
/// </summary>
internal static class LoraAdapterReader
{
    private const string WeightsFileName = "adapter_model.safetensors";

    private static readonly (string Contained, string Problem)[] KnownOthers =
    [
        ("lora_embedding_", "adapters of embeddings are not supported; train without them."),
        ("embed_tokens.weight", "embeddings cannot come with an adapter; save it with save_embedding_layers=False."),
        ("lora_magnitude_vector", "DoRA is not supported; train without use_dora."),
        (".lora_B.bias", "adapters with a bias are not supported; train without lora_bias."),
        (".experts.base_layer.", "adapters of fused experts are not supported, only those of single ones (mlp.experts.N.gate_proj)."),
        (".experts.lora_", "adapters of fused experts are not supported, only those of single ones (mlp.experts.N.gate_proj)."),
    ];

    /// <param name="name">What the operator calls it.</param>
    /// <param name="folder">Where it lies.</param>
    /// <exception cref="AdapterException">Lists everything that is wrong with it.</exception>
    public static LoraAdapter Read(string name, string folder)
    {
        List<string> errors = [];
        try
        {
            var config = LoraConfig.Read(folder, errors);
            using var file = SafetensorsFile.Open(WeightsPath(folder));
            var pairs = config is null || errors.Count > 0 ? [] : ReadPairs(config, file, errors);
            if (errors.Count == 0 && pairs.Count == 0)
            {
                errors.Add($"{WeightsFileName} holds no tensors.");
            }

            return errors.Count == 0 ? new LoraAdapter(name, folder, pairs) : throw new AdapterException(name, folder, errors);
        }
        catch (WeightsFormatException exception)
        {
            throw new AdapterException(name, folder, [.. errors, exception.Message]);
        }
    }

    private static string WeightsPath(string folder)
    {
        var path = Path.Combine(folder, WeightsFileName);
        return File.Exists(path) ? path : throw new WeightsFormatException(
            path, null, File.Exists(Path.Combine(folder, "adapter_model.bin"))
                ? "there is only an adapter_model.bin, which cannot be read safely; save the adapter with safe_serialization=True."
                : "there is no such file.");
    }

    private static Dictionary<string, LoraPair> ReadPairs(LoraConfig config, SafetensorsFile file, List<string> errors)
    {
        Dictionary<string, (TensorEntry? Down, TensorEntry? Up)> found = new(StringComparer.Ordinal);
        foreach (var entry in file.Entries.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (ModuleOf(entry.Name) is not var (module, isDown))
            {
                var known = KnownOthers.FirstOrDefault(other => entry.Name.Contains(other.Contained, StringComparison.Ordinal)).Problem;
                errors.Add($"unexpected: '{entry.Name}': " + (known
                    ?? $"names must be {LoraAdapter.NamePrefix}MODULE{LoraAdapter.DownSuffix} or …{LoraAdapter.UpSuffix}."));
                continue;
            }

            var (down, up) = found.GetValueOrDefault(module);
            found[module] = isDown ? (entry, up) : (down, entry);
        }

        Dictionary<string, LoraPair> pairs = new(StringComparer.Ordinal);
        foreach (var (module, tensors) in found)
        {
            if (tensors is not ({ } down, { } up))
            {
                errors.Add($"missing: '{LoraAdapter.NamePrefix}{module}{(tensors.Down is null ? LoraAdapter.DownSuffix : LoraAdapter.UpSuffix)}'");
                continue;
            }

            var (rank, before) = (config.RankOf(module), errors.Count);
            CheckShape(down, down.Shape is [var rows, > 0] && rows == rank, $"[{rank}, inputs]", errors);
            CheckShape(up, up.Shape is [> 0, var columns] && columns == rank, $"[outputs, {rank}]", errors);
            if (errors.Count == before)
            {
                pairs[module] = new LoraPair(ReadValues(file, down, errors), ReadValues(file, up, errors), rank, config.ScalingOf(module));
            }
        }

        return pairs;
    }

    private static (string Module, bool IsDown)? ModuleOf(string tensor)
    {
        foreach (var (suffix, isDown) in new[] { (LoraAdapter.DownSuffix, true), (LoraAdapter.UpSuffix, false) })
        {
            if (tensor.StartsWith(LoraAdapter.NamePrefix, StringComparison.Ordinal)
                && tensor.EndsWith(suffix, StringComparison.Ordinal)
                && tensor.Length > LoraAdapter.NamePrefix.Length + suffix.Length
                && !KnownOthers.Any(other => tensor.Contains(other.Contained, StringComparison.Ordinal)))
            {
                return (tensor[LoraAdapter.NamePrefix.Length..^suffix.Length], isDown);
            }
        }

        return null;
    }

    private static void CheckShape(TensorEntry entry, bool fits, string expected, List<string> errors)
    {
        if (!fits)
        {
            errors.Add($"wrong shape: '{entry.Name}' is {entry.ShapeText}, {LoraConfig.FileName} asks for {expected}");
        }
        else if (entry.ElementCount > Array.MaxLength)
        {
            errors.Add($"wrong shape: '{entry.Name}' {entry.ShapeText} is larger than any layer.");
        }
        else if (WeightLayout.Find(entry.Type)?.Format is not (WeightFormat.Float32 or WeightFormat.Float16 or WeightFormat.BFloat16))
        {
            errors.Add($"unusable: '{entry.Name}' is {entry.Type}; adapters must be F32, F16 or BF16.");
        }
    }

    private static float[] ReadValues(SafetensorsFile file, TensorEntry entry, List<string> errors)
    {
        var bytes = new byte[entry.ByteCount];
        file.Read(entry, 0, bytes);
        var (rows, columns) = ((int)entry.Shape[0], (int)entry.Shape[1]);
        var values = new float[rows * columns];
        WeightRows.CopyWidened(WeightMatrix.FromBytes(rows, columns, WeightLayout.Find(entry.Type)!.Format, bytes), 0, rows, values);
        if (!FiniteCheck.AllFinite(values))
        {
            errors.Add($"unusable: '{entry.Name}' holds NaN or infinity; the file is damaged or the training run diverged.");
        }

        return values;
    }
}
