using System.Text.Json;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Sampling;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Text;

/// <summary>A GGUF file, and nothing else, with text on both sides.</summary>
public sealed class GgufLanguageModelTests
{
    private static readonly string File = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "gguf", "llama_distill-Q8_0.gguf");

    [Fact]
    public async Task GenerateAsync_GoldenPrompt_GivesTheReferenceTokens()
    {
        await using var model = Load();
        using var golden = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(File, "..", "golden.json")));
        var prompt = golden.RootElement.GetProperty("files").EnumerateArray()
            .Single(entry => entry.GetProperty("file").GetString() == Path.GetFileName(File)).GetProperty("prompts").EnumerateArray()
            .Single(entry => entry.TryGetProperty("greedy", out _));
        int[] Ids(string key) => [.. prompt.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];
        List<int> ids = [];
        var request = new TokenRequest
        {
            PromptIds = Ids("ids"),
            MaxTokens = 16,
            IgnoreEos = true,
            Sampling = new SamplingParameters { Temperature = 0 },
        };
        await foreach (var delta in model.GenerateAsync(request, [], TestContext.Current.CancellationToken))
        {
            ids.Add(delta.Token.Id);
        }

        Assert.Equal(Ids("greedy"), ids);
    }

    [Fact]
    public async Task Load_GgufFile_DescribesItselfAndEncodesChats()
    {
        await using var model = Load(Quantization.Q4);
        var description = model.Engine.Model;
        Assert.Equal(("llama_distill-Q8_0", "llama", 512), (description.Name, description.Family, description.VocabularySize));
        Assert.Equal(3 * 2 * 2 * 16 * sizeof(float), description.CacheBytesPerToken);
        Assert.Equal([1], description.EosTokenIds);
        Assert.Equal(0, description.BosTokenId);
        Assert.Equal(0.6, model.Defaults.Sampling.Temperature, 1e-9);

        var messages = JsonElement.Parse("""[{"role":"user","content":"Hello <｜User｜>"}]""");
        int[] ids = [.. model.Begin(new Conversation { Messages = messages, Now = DateTimeOffset.UnixEpoch }).PromptIds];
        Assert.Equal(0, ids[0]);
        Assert.Equal(1, ids.Count(id => id == model.Tokenizer.IdOf("<｜User｜>")));
        Assert.Equal(model.Tokenizer.Encode("Hello", AddedTokens.Plain), ids[2..(2 + model.Tokenizer.Encode("Hello", AddedTokens.Plain).Length)]);
    }

    [Fact]
    public async Task Load_Progress_EndsAtOne()
    {
        List<double> reports = [];
        var options = new EngineOptions { ModelPath = File, KvCacheTokens = 512 };
        await LanguageModel.Load(options, new SynchronousProgress(reports), TestContext.Current.CancellationToken).DisposeAsync();
        Assert.Equal(1, reports[^1]);
        Assert.Equal(reports.Order(), reports);
    }

    private static LanguageModel Load(Quantization quantization = Quantization.None) => LanguageModel.Load(
        new EngineOptions { ModelPath = File, KvCacheTokens = 512, Quantization = quantization },
        cancellationToken: TestContext.Current.CancellationToken);

    private sealed class SynchronousProgress(List<double> reports) : IProgress<double>
    {
        public void Report(double value) => reports.Add(value);
    }
}
