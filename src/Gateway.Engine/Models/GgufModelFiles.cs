using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Tokenization.Gguf;
using Gateway.Engine.Weights;
using Gateway.Engine.Weights.Gguf;

namespace Gateway.Engine.Models;

/// <summary>A GGUF model: weights, configuration, tokenizer and chat template in one.</summary>
internal sealed partial class GgufModelFiles(string path) : ModelFiles
{
    private static readonly string[] EndKeys = [GgufVocabulary.EosId, GgufVocabulary.EndOfTurnId, GgufVocabulary.EndOfMessageId];

    private readonly GgufSplits _files = GgufSplits.Open(path);

    public override string Name => FirstPart().Replace(Path.GetFileNameWithoutExtension(path), "");

    public override string ConfigPath => path;

    /// <summary>Whether the file is a part of a split model and not the first.</summary>
    public static bool IsLaterPart(string file) => LaterPart().IsMatch(Path.GetFileName(file));

    public override JsonElement ReadConfig() => GgufModelConfig.Read(_files);

    public override GenerationConfig ReadTokenIds(int vocabularySize)
    {
        List<int> eos = [.. EndKeys.Select(key => Id(key, vocabularySize)).OfType<int>().Distinct()];
        return new GenerationConfig(eos, Id(GgufVocabulary.BosId, vocabularySize));
    }

    /// <summary>The keys of generation_config.json that the format has, checked as those of a folder are.</summary>
    public override GenerationDefaults ReadDefaults()
    {
        var metadata = _files.Metadata;
        var config = new JsonObject();
        if (metadata.FindNumber(GgufVocabulary.Temperature) is { } temperature)
        {
            config["temperature"] = temperature;
        }

        if (metadata.FindNumber(GgufVocabulary.TopP) is { } topP)
        {
            config["top_p"] = topP;
        }

        if (metadata.FindInteger(GgufVocabulary.TopK) is { } topK)
        {
            config["top_k"] = topK;
        }

        return GenerationDefaults.Read(path, JsonSerializer.SerializeToElement(config));
    }

    public override Tokenizer ReadTokenizer() => GgufTokenizer.Read(_files.Metadata);

    public override ChatTemplate? FindChatTemplate()
    {
        try
        {
            return _files.Metadata.FindText(GgufVocabulary.ChatTemplate) is { } source ? ChatTemplate.Parse(source) : null;
        }
        catch (ChatTemplateException exception)
        {
            throw new ChatTemplateException($"{path}: {exception.Reason}", exception.Line, exception);
        }
    }

    public override ICheckpoint OpenWeights() => new GgufCheckpoint(_files);

    public override void Dispose() => _files.Dispose();

    private int? Id(string key, int vocabularySize) => _files.Metadata.FindInteger(key) is not { } id ? null
        : id < vocabularySize ? id
        : throw _files.Metadata.Error(key, $"is {id}; the vocabulary ends at {vocabularySize - 1}.");

    [GeneratedRegex(@"-(?!00001-)\d{5}-of-\d{5}\.gguf$", RegexOptions.CultureInvariant)]
    private static partial Regex LaterPart();

    [GeneratedRegex(@"-00001-of-\d{5}$", RegexOptions.CultureInvariant)]
    private static partial Regex FirstPart();
}
