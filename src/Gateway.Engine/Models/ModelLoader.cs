using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>Finds out what a checkpoint is and loads it. The one place that lists the architectures.</summary>
internal static class ModelLoader
{
    /// <param name="folder">A checkpoint in Hugging Face layout.</param>
    /// <param name="team">Who runs forward passes.</param>
    /// <param name="maxStepTokens">Most tokens in one forward pass.</param>
    /// <param name="ct">Gives up between two tensors.</param>
    /// <exception cref="ModelConfigException">config.json is unusable, or describes another architecture.</exception>
    /// <exception cref="WeightsFormatException">A weight file is damaged.</exception>
    /// <exception cref="EngineOptionsException">The model does not fit into memory.</exception>
    /// <exception cref="WeightsMismatchException">The tensors are not those of config.json.</exception>
    public static ILanguageModel Load(string folder, CpuTeam team, int maxStepTokens, CancellationToken ct)
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

        return LoadDeepSeekV2(folder, DeepSeekV2Config.Read(file, json), team, maxStepTokens, ct);
    }

    private static DeepSeekV2Model LoadDeepSeekV2(
        string folder, DeepSeekV2Config config, CpuTeam team, int maxStepTokens, CancellationToken ct)
    {
        using var checkpoint = SafetensorsCheckpoint.Open(folder);
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var ledger = new WeightLedger(checkpoint, ct);
        if (ledger.UnclaimedBytes > available)
        {
            throw new EngineOptionsException(
                [$"{nameof(EngineOptions.ModelPath)}: the weights take {ledger.UnclaimedBytes >> 20} MiB, of {available >> 20} MiB there are."]);
        }

        var weights = DeepSeekV2Weights.Load(config, ledger);
        ledger.Close();
        return new DeepSeekV2Model(config, weights, ledger.ParameterCount, team, maxStepTokens);
    }
}
