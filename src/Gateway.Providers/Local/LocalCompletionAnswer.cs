using System.Text.Json;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>The shapes of <c>/v1/completions</c>.</summary>
internal sealed class LocalCompletionAnswer(string requestId, string model, long created) : LocalAnswer(model, created)
{
    private readonly string _id = "cmpl-" + requestId;

    public override byte[] Whole(IReadOnlyList<AnsweredChoice> choices, CompletionUsage usage) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new TextCompletion(_id, Created, Model, [.. choices.Select((choice, index) => new TextChoice(index, choice.Text, NameOf(choice.Finish)))]) { Usage = usage },
            OpenAIJson.Relaxed.TextCompletion);

    public override byte[]? First(int choice) => null;

    public override byte[] Delta(int choice, string text, IReadOnlyList<TokenLogprobEntry>? logprobs) =>
        Event(Text(choice, text, finish: null), OpenAIJson.Relaxed.TextCompletion);

    public override byte[] Last(int choice, FinishReason finish) => Event(Text(choice, "", NameOf(finish)), OpenAIJson.Relaxed.TextCompletion);

    public override byte[] Usage(CompletionUsage usage) =>
        Event(new TextCompletion(_id, Created, Model, []) { Usage = usage }, OpenAIJson.Relaxed.TextCompletion);

    private TextCompletion Text(int choice, string text, string? finish) => new(_id, Created, Model, [new TextChoice(choice, text, finish)]);
}
