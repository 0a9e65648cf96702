using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Models;

/// <summary>A folder in Hugging Face layout.</summary>
internal sealed class FolderModelFiles(string folder) : ModelFiles
{
    public const string ConfigFileName = "config.json";

    public override string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));

    public override string ConfigPath => Path.Combine(folder, ConfigFileName);

    public override JsonElement ReadConfig() => ConfigFile.Read(ConfigPath);

    public override GenerationConfig ReadTokenIds(int vocabularySize) => GenerationConfig.Read(folder, vocabularySize);

    public override GenerationDefaults ReadDefaults() => GenerationDefaults.Load(folder);

    public override Tokenizer ReadTokenizer() => Tokenizer.Load(Path.Combine(folder, "tokenizer.json"));

    public override ChatTemplate? FindChatTemplate() => ChatTemplateLoader.FindIn(folder);

    public override ICheckpoint OpenWeights() => SafetensorsCheckpoint.Open(folder);
}
