using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>What lies at a model path: a folder in Hugging Face layout or a GGUF file. The one place that knows both.</summary>
internal abstract class ModelFiles : IDisposable
{
    /// <summary>What people call the model: the name of the folder, or of the file without its ending.</summary>
    public abstract string Name { get; }

    /// <summary>Where the configuration comes from, for messages.</summary>
    public abstract string ConfigPath { get; }

    /// <param name="path">A folder with a config.json, a GGUF file, or a folder that holds one GGUF model and nothing else of the kind.</param>
    /// <exception cref="EngineOptionsException">There is nothing at the path, or there are several models.</exception>
    /// <exception cref="WeightsFormatException">A GGUF file is damaged.</exception>
    public static ModelFiles Open(string path)
    {
        var full = Path.GetFullPath(path);
        if (File.Exists(full))
        {
            return new GgufModelFiles(full);
        }

        if (!Directory.Exists(full))
        {
            throw new EngineOptionsException([$"{nameof(EngineOptions.ModelPath)}: there is no folder and no file {full}."]);
        }

        // The parts of a split model count as one: the first of them.
        var models = File.Exists(Path.Combine(full, FolderModelFiles.ConfigFileName))
            ? []
            : Directory.GetFiles(full, "*.gguf").Where(file => !GgufModelFiles.IsLaterPart(file)).Order(StringComparer.Ordinal).ToArray();
        return models switch
        {
            [] => new FolderModelFiles(full),
            [var only] => new GgufModelFiles(only),
            _ => throw new EngineOptionsException(
                [$"{nameof(EngineOptions.ModelPath)}: {full} holds several GGUF models; name one of them, such as {models[0]}."]),
        };
    }

    /// <summary>config.json, or what the metadata amounts to.</summary>
    /// <exception cref="EngineException">It is missing or damaged.</exception>
    public abstract JsonElement ReadConfig();

    /// <summary>The ids that open and end a text.</summary>
    /// <exception cref="EngineException">An id lies outside the vocabulary, or a file is damaged.</exception>
    public abstract GenerationConfig ReadTokenIds(int vocabularySize);

    /// <summary>How the makers of the model want it sampled.</summary>
    /// <exception cref="EngineException">A value is out of range, or a file is damaged.</exception>
    public abstract GenerationDefaults ReadDefaults();

    /// <exception cref="TokenizerFormatException">The tokenizer is missing, damaged or of an unknown kind.</exception>
    public abstract Tokenizer ReadTokenizer();

    /// <summary>Null when the model brings none.</summary>
    /// <exception cref="ChatTemplateException">The template is malformed.</exception>
    public abstract ChatTemplate? FindChatTemplate();

    /// <summary>The weights; the result is disposed of before this is.</summary>
    /// <exception cref="WeightsFormatException">A weight file is missing or damaged.</exception>
    public abstract ICheckpoint OpenWeights();

    public virtual void Dispose()
    {
    }
}
