using Gateway.Engine.Text;

namespace Gateway.Engine.Tests.Dialogue;

/// <summary>A small golden checkpoint of random weights, with the vocabulary of DeepSeek's marks and another chat template.</summary>
internal sealed class ChatModelCopy : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chat-model-").FullName;

    /// <summary>A token of the checkpoint that no template of the tests needs beside DSML.</summary>
    private const string Spare = "<｜tool▁sep｜>";

    /// <param name="template">The chat template.</param>
    /// <param name="hasDsmlToken">Whether the mark of DSML is a token of its own, as in the vocabulary of the models that use it.</param>
    public ChatModelCopy(string template, bool hasDsmlToken = false)
    {
        var original = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", "llama_distill");
        foreach (var name in new[] { "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json" })
        {
            File.Copy(Path.Combine(original, name), Path.Combine(_folder, name));
        }

        // A file of its own comes before the template in tokenizer_config.json.
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), template);
        if (hasDsmlToken)
        {
            var tokenizer = Path.Combine(_folder, "tokenizer.json");
            File.WriteAllText(tokenizer, File.ReadAllText(tokenizer).Replace($"\"{Spare}\"", "\"｜DSML｜\"", StringComparison.Ordinal));
        }
    }

    public string TokenizerPath => Path.Combine(_folder, "tokenizer.json");

    public LanguageModel Load() => LanguageModel.Load(new EngineOptions { ModelPath = _folder, KvCacheTokens = 2048 });

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
