using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Contracts.OpenAI;

namespace Gateway.Providers.Simulation;

/// <summary>Puts a simulated answer into OpenAI's wire shape, whole or event by event. Events are given as their JSON.</summary>
internal sealed class SimulatedAnswer(AttemptRequest attempt, DateTimeOffset now)
{
    private const string Stop = "stop";

    private readonly bool _isChat = attempt.Request.Endpoint == OpenAIEndpoint.ChatCompletions;
    private readonly string _id =
        $"{(attempt.Request.Endpoint == OpenAIEndpoint.ChatCompletions ? "chatcmpl" : "cmpl")}-{attempt.Model.Provider}-{attempt.RequestId}";
    private readonly long _created = now.ToUnixTimeSeconds();

    private string Model => attempt.Model.UpstreamModel;

    private IEnumerable<int> Choices => Enumerable.Range(0, attempt.Request.Choices);

    public byte[] Whole(int tokens, CompletionUsage usage)
    {
        if (attempt.Request.Endpoint == OpenAIEndpoint.Embeddings)
        {
            // Rehearsals look at who answered, how fast and for how much: not at vectors.
            return Json(new EmbeddingList([], Model, new EmbeddingUsage(usage.PromptTokens)), OpenAIJson.Relaxed.EmbeddingList);
        }

        var text = SimulatedText.Whole(tokens);
        if (!_isChat)
        {
            return Json(Completion(text, Stop) with { Usage = usage }, OpenAIJson.Relaxed.TextCompletion);
        }

        var choices = Choices.Select(index => new ChatChoice(index, new ChatAnswer(text), null, Stop));
        return Json(new ChatCompletion(_id, _created, Model, [.. choices], usage), OpenAIJson.Relaxed.ChatCompletion);
    }

    /// <summary>The event that opens a chat; null where the endpoint has none.</summary>
    public byte[]? First() => _isChat ? Chunk(new ChunkDelta { Role = "assistant", Content = "" }, finish: null) : null;

    public byte[] Delta(string text) => _isChat ? Chunk(new ChunkDelta { Content = text }, finish: null) : Text(text, finish: null);

    public byte[] Last() => _isChat ? Chunk(new ChunkDelta(), Stop) : Text("", Stop);

    public byte[] Usage(CompletionUsage usage) => _isChat
        ? Json(new ChatCompletionChunk(_id, _created, Model, []) { Usage = usage }, OpenAIJson.Relaxed.ChatCompletionChunk)
        : Json(new TextCompletion(_id, _created, Model, []) { Usage = usage }, OpenAIJson.Relaxed.TextCompletion);

    private byte[] Chunk(ChunkDelta delta, string? finish)
    {
        var choices = Choices.Select(index => new ChunkChoice(index, delta, null, finish));
        return Json(new ChatCompletionChunk(_id, _created, Model, [.. choices]), OpenAIJson.Relaxed.ChatCompletionChunk);
    }

    private byte[] Text(string text, string? finish) => Json(Completion(text, finish), OpenAIJson.Relaxed.TextCompletion);

    private TextCompletion Completion(string text, string? finish) =>
        new(_id, _created, Model, [.. Choices.Select(index => new TextChoice(index, text, finish))]);

    private static byte[] Json<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);
}
