using System.Text.Json;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>The built-in model through the engine, against its recorded answers.</summary>
public sealed class DemoModelTests
{
    public static TheoryData<string> Folders =>
    [
        .. new[]
        {
            Path.Combine(Goldens.RepositoryRoot, "models", "demo"),
            Path.Combine(Goldens.RepositoryRoot, "..", "shared", "demo-model"),
        }.Where(folder => File.Exists(Path.Combine(folder, "golden.json"))),
    ];

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task GenerateAsync_EveryRecordedPrompt_AllAtOnce_GivesItsAnswer(string folder)
    {
        using var golden = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "golden.json")));
        await using var engine = InferenceEngine.Load(new EngineOptions { ModelPath = folder });
        var prompts = golden.RootElement.GetProperty("prompts").EnumerateArray().ToList();
        var answers = await Task.WhenAll(prompts.Select(prompt => engine.CollectAsync(new TokenRequest
        {
            PromptIds = Ids(prompt, "prompt_ids"),
            MaxTokens = 512,
            Sampling = new() { Temperature = 0 },
        })));
        foreach (var (prompt, answer) in prompts.Zip(answers))
        {
            Assert.Equal(Ids(prompt, "output_ids"), answer.Select(token => token.Id));
            Assert.Equal(FinishReason.Stop, answer[^1].Finish);
        }

        engine.CheckIntegrity();
        Assert.Equal(0, engine.Statistics.HeldBlocks);
    }

    [Fact]
    public async Task Load_BuiltInModel_DescribesIt()
    {
        await using var engine = InferenceEngine.Load(new EngineOptions { ModelPath = Path.Combine(Goldens.RepositoryRoot, "models", "demo") + "/" });
        Assert.Equal("demo", engine.Model.Name);
        Assert.Equal("deepseek_v2", engine.Model.Family);
        Assert.Equal(4096, engine.Model.VocabularySize);
        Assert.Equal(4096, engine.Model.ContextLength);
        Assert.Equal([1], engine.Model.EosTokenIds);
        Assert.Equal(0, engine.Model.BosTokenId);
        Assert.Equal(6 * (64 + 16) * 4, engine.Model.CacheBytesPerToken);
        Assert.InRange(engine.Model.ParameterCount, 8_000_000, 9_000_000);
    }

    private static int[] Ids(JsonElement prompt, string key) => [.. prompt.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];
}
