using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Models;
using Gateway.Engine.Sampling;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>A model without files: a configuration, and weights from a seed. It has no tokenizer.</summary>
internal sealed class SyntheticModelFiles(SyntheticShape shape, long seed) : ModelFiles
{
    public override string Name => shape.Name;

    public override string ConfigPath => $"synthetic {shape.Name}";

    public override JsonElement ReadConfig()
    {
        using var document = JsonDocument.Parse(shape.ConfigJson);
        return document.RootElement.Clone();
    }

    public override GenerationConfig ReadTokenIds(int vocabularySize) => new([], null);

    public override GenerationDefaults ReadDefaults() => new(new SamplingParameters(), null);

    public override Tokenizer ReadTokenizer() => throw new TokenizerFormatException(ConfigPath, "$", "a synthetic model has no tokenizer; send token ids.");

    public override ChatTemplate? FindChatTemplate() => null;

    public override ICheckpoint OpenWeights() => new SyntheticCheckpoint(shape, seed);
}
