using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Models;
using Gateway.Engine.Sampling;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>A model without files: a configuration, and weights from a seed. It has no tokenizer.</summary>
/// <param name="shape">Its measures.</param>
/// <param name="seed">The same seed gives the same weights.</param>
/// <param name="isFloat8">Whether the weights are as <see cref="Float8Checkpoint"/> has them, else in bfloat16.</param>
internal sealed class SyntheticModelFiles(SyntheticShape shape, long seed, bool isFloat8 = false) : ModelFiles
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

    public override ICheckpoint OpenWeights()
    {
        var checkpoint = new SyntheticCheckpoint(shape, seed);
        return isFloat8 ? new Float8Checkpoint(checkpoint) : checkpoint;
    }
}
