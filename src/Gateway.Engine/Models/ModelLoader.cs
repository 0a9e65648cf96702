using System.Text.Json;
using Gateway.Engine.Adapters;
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
    /// <param name="adapters">What it is loaded with; null for none.</param>
    /// <exception cref="ModelConfigException">The configuration is unusable, or describes another architecture.</exception>
    /// <exception cref="WeightsFormatException">A weight file is damaged.</exception>
    /// <exception cref="EngineOptionsException">The model does not fit into memory.</exception>
    /// <exception cref="WeightsMismatchException">The tensors are not those of the configuration.</exception>
    /// <exception cref="AdapterException">An adapter does not fit the model.</exception>
    public static ILanguageModel Load(
        ModelFiles files, IBackend backend, Quantization quantization, IProgress<double>? progress, CancellationToken ct, AdapterSet? adapters = null)
    {
        var plan = Plan(files);
        using var checkpoint = files.OpenWeights();
        return plan.Build(new WeightLedger(checkpoint, ct, quantization, progress, adapters), backend, 0);
    }

    /// <summary>What the configuration asks for; no weight is read.</summary>
    /// <exception cref="ModelConfigException">The configuration is unusable, or describes another architecture.</exception>
    public static ModelPlan Plan(ModelFiles files)
    {
        var json = files.ReadConfig();
        return FindFamily(files.ConfigPath, json) switch
        {
            DeepSeekV2Config.ModelType => DeepSeekV2(DeepSeekV2Config.Read(files.ConfigPath, json)),
            DeepSeekV3Config.ModelType => DeepSeekV3(DeepSeekV3Config.Read(files.ConfigPath, json)),
            LlamaConfig.ModelType => Dense(LlamaConfig.Read(files.ConfigPath, json)),
            Qwen2Config.ModelType => Dense(Qwen2Config.Read(files.ConfigPath, json)),
            _ => Dense(Qwen3Config.Read(files.ConfigPath, json)),
        };
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

    private static ModelPlan DeepSeekV2(DeepSeekV2Config config) => Latent(
        DeepSeekV2Config.ModelType,
        config,
        ledger => DeepSeekV2Weights.Load(config, ledger),
        (weights, parameters, backend) => new DeepSeekV2Model(config, weights, parameters, backend));

    private static ModelPlan DeepSeekV3(DeepSeekV3Config config) => Latent(
        DeepSeekV3Config.ModelType,
        config.Body,
        ledger =>
        {
            var weights = DeepSeekV2Weights.Load(config.Body, ledger);
            config.SkipMultiTokenLayers(ledger);
            return weights;
        },
        (weights, parameters, backend) => new DeepSeekV3Model(config, weights, parameters, backend));

    private static ModelPlan Latent(
        string family, DeepSeekV2Config config, Func<WeightLedger, DeepSeekV2Weights> load, Func<DeepSeekV2Weights, long, IBackend, ILanguageModel> make) => new()
        {
            Family = family,
            VocabularySize = config.VocabularySize,
            Layers = config.Layers,
            CacheWidth = config.CacheWidth,
            MaxPositions = config.MaxPositions,
            ExpertShare = config.Mixture is { } mixture ? mixture.ExpertsPerToken / (double)mixture.RoutedExperts : 1,
            Claim = ledger => Close(load, ledger),
            Build = Building(config.Layers * config.CacheWidth, load, make),
        };

    private static ModelPlan Dense(DenseConfig config) => new()
    {
        Family = config.Family,
        VocabularySize = config.VocabularySize,
        Layers = config.Layers,
        CacheWidth = config.CacheWidth,
        MaxPositions = config.MaxPositions,
        ExpertShare = 1,
        Claim = ledger => Close(ledger => DenseWeights.Load(config, ledger), ledger),
        Build = Building(
            config.Layers * config.CacheWidth,
            ledger => DenseWeights.Load(config, ledger),
            (weights, parameters, backend) => new DenseModel(config, weights, parameters, backend)),
    };

    /// <summary>Everything is there and fits; what is large is read after this.</summary>
    private static Func<WeightLedger, IBackend, long, ILanguageModel> Building<T>(
        int cachedValues, Func<WeightLedger, T> load, Func<T, long, IBackend, ILanguageModel> make) => (ledger, backend, cacheTokens) =>
        {
            var weights = Close(load, ledger);
            CheckRoom(ledger, backend, cacheTokens, (Int128)cacheTokens * cachedValues * backend.CacheBytesPerValue);
            return make(weights, ledger.ParameterCount, backend);
        };

    private static void CheckRoom(WeightLedger ledger, IBackend backend, long cacheTokens, Int128 cache)
    {
        var weights = ledger.Claims.Sum(claim => backend.Held(claim).ByteCount);
        var adapters = ledger.Adapters.ParameterCount * backend.AdapterBytesPerValue;
        if (weights + adapters + cache <= backend.MemoryBytes)
        {
            return;
        }

        var memory = $"there are {backend.MemoryBytes >> 20} MiB ({backend.Description})";
        var held = adapters == 0 ? $"{weights >> 20} MiB of weights" : $"{weights >> 20} MiB of weights and {adapters >> 20} MiB of adapters";
        throw new EngineOptionsException(weights + adapters > backend.MemoryBytes
            ? [$"{nameof(EngineOptions.ModelPath)}: {held} do not fit: {memory}."]
            : [$"{nameof(EngineOptions.KvCacheTokens)}: {cacheTokens} tokens take {cache >> 20} MiB beside {held}, and {memory}; use fewer."]);
    }

    private static T Close<T>(Func<WeightLedger, T> load, WeightLedger ledger)
    {
        var weights = load(ledger);
        ledger.Close();
        return weights;
    }
}
