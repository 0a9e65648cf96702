using Gateway.Engine.Backends;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>Finds out what a checkpoint is and loads it. The one place that lists the architectures.</summary>
internal static class ModelLoader
{
    /// <param name="folder">A checkpoint in Hugging Face layout.</param>
    /// <param name="backend">Where it will compute.</param>
    /// <param name="ct">Gives up between two tensors.</param>
    /// <exception cref="ModelConfigException">config.json is unusable, or describes another architecture.</exception>
    /// <exception cref="WeightsFormatException">A weight file is damaged.</exception>
    /// <exception cref="EngineOptionsException">The model does not fit into memory.</exception>
    /// <exception cref="WeightsMismatchException">The tensors are not those of config.json.</exception>
    public static ILanguageModel Load(string folder, IBackend backend, CancellationToken ct)
    {
        var file = Path.Combine(folder, "config.json");
        var json = ConfigFile.Read(file);
        List<string> errors = [];
        var reader = new ConfigReader(json, "", errors);
        if (!reader.IsPresent("model_type"))
        {
            reader.Error("model_type", $"is missing; supported: {DeepSeekV2Config.ModelType}.");
        }

        reader.Choice("model_type", DeepSeekV2Config.ModelType, DeepSeekV2Config.ModelType);
        if (errors.Count > 0)
        {
            throw new ModelConfigException(file, errors);
        }

        return LoadDeepSeekV2(folder, DeepSeekV2Config.Read(file, json), backend, ct);
    }

    private static DeepSeekV2Model LoadDeepSeekV2(string folder, DeepSeekV2Config config, IBackend backend, CancellationToken ct)
    {
        using var checkpoint = Checkpoint.Open(folder);
        backend.CheckRoom(checkpoint.ByteCount);
        var ledger = new WeightLedger(checkpoint, ct);
        var weights = DeepSeekV2Weights.Load(config, ledger);
        ledger.Close();
        return new DeepSeekV2Model(config, weights, ledger.ParameterCount, backend);
    }
}
