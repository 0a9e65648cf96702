using System.Text.Json;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models.DeepSeekV3;

/// <summary>config.json of a DeepSeek-V3 checkpoint (V3, R1, V3.1), checked: V2's shape with another router, and layers that predict further tokens.</summary>
/// <param name="Body">Everything that V2 has too.</param>
/// <param name="MultiTokenLayers"><c>num_nextn_predict_layers</c>: stored behind the last layer, and not used.</param>
internal sealed record DeepSeekV3Config(DeepSeekV2Config Body, int MultiTokenLayers)
{
    public const string ModelType = "deepseek_v3";

    /// <exception cref="ModelConfigException">Lists every key that is missing or wrong.</exception>
    public static DeepSeekV3Config Read(string file, JsonElement json)
    {
        List<string> errors = [];
        var reader = new ConfigReader(json, "", errors);
        var config = new DeepSeekV3Config(
            DeepSeekV2Config.Read(reader, ExpertScoring.BiasedSigmoid),
            reader.Integer("num_nextn_predict_layers", 0, CommonConfig.MaxLayers, 0));
        return errors.Count == 0 ? config : throw new ModelConfigException(file, errors);
    }

    /// <summary>Accounts for the tensors of the multi-token layers.</summary>
    public void SkipMultiTokenLayers(WeightLedger ledger)
    {
        for (var layer = 0; layer < MultiTokenLayers; layer++)
        {
            ledger.SkipAll($"model.layers.{Body.Layers + layer}.");
        }
    }
}
