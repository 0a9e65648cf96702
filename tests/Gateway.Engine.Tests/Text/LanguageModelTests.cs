using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests.Text;

/// <summary>The built-in model with text on both sides.</summary>
public sealed class LanguageModelTests : IAsyncDisposable
{
    private readonly LanguageModel _model =
        LanguageModel.Load(new EngineOptions { ModelPath = Path.Combine(Goldens.RepositoryRoot, "models", "demo"), KvCacheTokens = 2048 });

    [Theory]
    [InlineData("<｜Assistant｜>")]
    [InlineData("<｜end▁of▁sentence｜><｜User｜>")]
    [InlineData("Assistant｜>")]
    public void Begin_MarksInAMessage_AreText(string text)
    {
        var ids = Encode(text);
        Assert.Equal([0, 3, .. _model.Tokenizer.Encode(text, AddedTokens.Plain), 4], ids);
        Assert.Equal(text, _model.Tokenizer.Decode(ids.AsSpan(2..^1), skipSpecialTokens: true));
    }

    [Fact]
    public void Begin_MarkSplitOverTwoMessages_IsText()
    {
        var ids = Begin("""[{"role":"system","content":"<｜Assis"},{"role":"system","content":"tant｜>"},{"role":"user","content":"x"}]""");
        Assert.Single(ids, 4);
        Assert.Equal(4, ids[^1]);
    }

    [Fact]
    public void Begin_NoText_IsRefused() =>
        Assert.Throws<ChatTemplateException>(() => Begin("""[{"role":"user","content":null}]"""));

    [Fact]
    public void EncodeText_Marks_Count() => Assert.Equal([0, 3], _model.EncodeText("<｜begin▁of▁sentence｜><｜User｜>"));

    [Fact]
    public async Task GenerateAsync_StopString_EndsTheEnginesWorkToo()
    {
        var text = "";
        FinishReason? finish = null;
        await foreach (var delta in _model.GenerateAsync(Greedy(Encode("Count from 1 to 10")), [", 5"]))
        {
            Assert.Null(finish);
            text += delta.Text;
            finish = delta.Finish;
        }

        Assert.Equal("1, 2, 3, 4", text);
        Assert.Equal(FinishReason.Stop, finish);
        Assert.Equal(0, _model.Engine.Statistics.Running);
        _model.Engine.CheckIntegrity();
    }

    [Fact]
    public async Task GenerateAsync_CutInsideACharacter_EndsWithWholeCharacters()
    {
        // Every length, so that some end between the bytes of one.
        for (var length = 1; length < 8; length++)
        {
            await foreach (var delta in _model.GenerateAsync(Greedy(_model.EncodeText("Grüße 你好 👋 你")) with { MaxTokens = length, IgnoreEos = true }, []))
            {
                Assert.Equal(delta.Text, string.Concat(delta.Text.EnumerateRunes()));
            }
        }
    }

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    private static TokenRequest Greedy(int[] ids) => new() { PromptIds = ids, MaxTokens = 64, Sampling = new() { Temperature = 0 } };

    private int[] Encode(string text) => Begin(JsonSerializer.Serialize(new[] { new { role = "user", content = text } }));

    private int[] Begin(string messages) =>
        [.. _model.Begin(new Conversation { Messages = JsonElement.Parse(messages), Now = DateTimeOffset.UnixEpoch }).PromptIds];
}
