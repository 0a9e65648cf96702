using System.Text.Json;
using Gateway.Engine.Backends;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Models.DeepSeekV3;
using Gateway.Engine.Models.Dense;
using Gateway.Engine.Models.Llama;
using Gateway.Engine.Models.Qwen2;
using Gateway.Engine.Models.Qwen3;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>Finds out what a checkpoint is and loads it. The one place that lists the architectures.</summary>
internal static class ModelLoader
{
    private static readonly string[] Families =
        [DeepSeekV2Config.ModelType, DeepSeekV3Config.ModelType, LlamaConfig.ModelType, Qwen2Config.ModelType, Qwen3Config.ModelType];

    /// <param name="files">The model.</param>
    /// <param name="backend">Where it will compute.</param>
    /// <param name="quantization">What becomes of large matrices.</param>
    /// <param name="progress">Told which share of the weights is loaded, from 0 to 1; may be null.</param>
    /// <param name="ct">Gives up between two tensors.</param>
    /// <exception cref="ModelConfigException">The configuration is unusable, or describes another architecture.</exception>
    /// <exception cref="WeightsFormatException">A weight file is damaged.</exception>
    /// <exception cref="EngineOptionsException">The model does not fit into memory.</exception>
    /// <exception cref="WeightsMismatchException">The tensors are not those of the configuration.</exception>
    public static ILanguageModel Load(
        ModelFiles files, IBackend backend, Quantization quantization, IProgress<double>? progress, CancellationToken ct)
    {
        var json = files.ReadConfig();
        var build = FindFamily(files.ConfigPath, json) switch
        {
            DeepSeekV2Config.ModelType => DeepSeekV2(DeepSeekV2Config.Read(files.ConfigPath, json)),
            DeepSeekV3Config.ModelType => DeepSeekV3(DeepSeekV3Config.Read(files.ConfigPath, json)),
            LlamaConfig.ModelType => Dense(LlamaConfig.Read(files.ConfigPath, json)),
            Qwen2Config.ModelType => Dense(Qwen2Config.Read(files.ConfigPath, json)),
            _ => Dense(Qwen3Config.Read(files.ConfigPath, json)),
        };
        using var checkpoint = files.OpenWeights();
        return build(new WeightLedger(checkpoint, ct, quantization, progress), backend);
    }

    private static string FindFamily(string file, JsonElement json)
    {
        List<string> errors = [];
        var reader = new ConfigReader(json, "", errors);
        if (!reader.IsPresent("model_type"))
        {
            reader.Error("model_type", $"is missing; supported: {string.Join(", ", Families)}.");
        }

        var family = reader.Choice("model_type", "", Families);
        return errors.Count == 0 ? family : throw new ModelConfigException(file, errors);
    }

    private static Build DeepSeekV2(DeepSeekV2Config config) => (ledger, backend) =>
    {
        var weights = DeepSeekV2Weights.Load(config, ledger);
        Close(ledger, backend);
        return new DeepSeekV2Model(config, weights, ledger.ParameterCount, backend);
    };

    private static Build DeepSeekV3(DeepSeekV3Config config) => (ledger, backend) =>
    {
        var weights = DeepSeekV2Weights.Load(config.Body, ledger);
        config.SkipMultiTokenLayers(ledger);
        Close(ledger, backend);
        return new DeepSeekV3Model(config, weights, ledger.ParameterCount, backend);
    };

    private static Build Dense(DenseConfig config) => (ledger, backend) =>
    {
        var weights = DenseWeights.Load(config, ledger);
        Close(ledger, backend);
        return new DenseModel(config, weights, ledger.ParameterCount, backend);
    };

    /// <summary>Everything is there and fits; what is large is read after this.</summary>
    private static void Close(WeightLedger ledger, IBackend backend)
    {
        ledger.Close();
        backend.CheckRoom(ledger.ByteCount, ledger.ParameterCount);
    }

    private delegate ILanguageModel Build(WeightLedger ledger, IBackend backend);
}
