using Gateway.Engine.Text;

namespace Gateway.Engine.Tests.Dialogue;

/// <summary>A small golden checkpoint of random weights, with the vocabulary of DeepSeek's marks and another chat template.</summary>
internal sealed class ChatModelCopy : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chat-model-").FullName;

    public ChatModelCopy(string template)
    {
        var original = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", "llama_distill");
        foreach (var name in new[] { "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json" })
        {
            File.Copy(Path.Combine(original, name), Path.Combine(_folder, name));
        }

        // A file of its own comes before the template in tokenizer_config.json.
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), template);
    }

    public LanguageModel Load() => LanguageModel.Load(new EngineOptions { ModelPath = _folder, KvCacheTokens = 2048 });

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
