using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Dialogue;

namespace Gateway.Providers.Local;

/// <summary>Puts an answer into the wire shape of <c>/v1/chat/completions</c>, whole or event by event.</summary>
/// <param name="requestId">The request's id, of which the answer's id is made.</param>
/// <param name="model">The model's name as clients know it.</param>
/// <param name="created">Unix time in seconds.</param>
/// <param name="continuation">What the client has of the answer already; null for an answer from its beginning.</param>
internal sealed class LocalChatAnswer(string requestId, string model, long created, Continuation? continuation)
{
    private readonly string _id = continuation?.AnswerId ?? "chatcmpl-" + requestId;
    private int _calls;

    /// <summary>The answer in one piece.</summary>
    public byte[] Whole(IReadOnlyList<AnswerPart> parts, ChoiceLogprobs? logprobs, FinishReason finish, CompletionUsage usage)
    {
        var calls = CallsOf(parts);
        _calls = calls.Count;
        var message = new ChatAnswer(TextOf(parts, AnswerPartKind.Content) ?? (calls.Count > 0 ? null : ""))
        {
            ReasoningContent = TextOf(parts, AnswerPartKind.Reasoning),
            ToolCalls = calls.Count > 0 ? calls : null,
        };
        return JsonSerializer.SerializeToUtf8Bytes(
            new ChatCompletion(_id, created, model, [new ChatChoice(0, message, logprobs, NameOf(finish))], usage), OpenAIJson.Relaxed.ChatCompletion);
    }

    /// <summary>The event before the first token; null where the client has it already.</summary>
    public byte[]? First() => continuation is null ? Chunk(new ChunkDelta { Role = "assistant", Content = "" }, null) : null;

    /// <summary>An event with a piece of the answer.</summary>
    public byte[] Delta(AnswerPart part, ChoiceLogprobs? logprobs) => Chunk(
        part.Kind switch
        {
            AnswerPartKind.Reasoning => new ChunkDelta { ReasoningContent = part.Text },
            AnswerPartKind.Content => new ChunkDelta { Content = part.Text },
            AnswerPartKind.Call => new ChunkDelta { ToolCalls = [Begin(part.Text)] },
            _ => new ChunkDelta { ToolCalls = [new ToolCallDelta(_calls - 1, new FunctionCallDelta(part.Text))] },
        },
        logprobs);

    /// <summary>An event with log probabilities whose text has not come yet, or never comes.</summary>
    public byte[] Delta(ChoiceLogprobs logprobs) => Chunk(new ChunkDelta { Content = "" }, logprobs);

    /// <summary>The event that says why the answer ended.</summary>
    public byte[] Last(FinishReason finish) => Chunk(new ChunkDelta(), null, NameOf(finish));

    /// <summary>The event that carries the usage and nothing else.</summary>
    public byte[] Usage(CompletionUsage usage) => Event(new ChatCompletionChunk(_id, created, model, []) { Usage = usage });

    private static byte[] Event(ChatCompletionChunk chunk) =>
        [.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(chunk, OpenAIJson.Relaxed.ChatCompletionChunk), .. "\n\n"u8];

    private static string? TextOf(IReadOnlyList<AnswerPart> parts, AnswerPartKind kind)
    {
        var text = string.Concat(parts.Where(part => part.Kind == kind).Select(part => part.Text));
        return text.Length > 0 ? text : null;
    }

    private static List<ChatToolCall> CallsOf(IReadOnlyList<AnswerPart> parts)
    {
        List<(string Name, StringBuilder Arguments)> calls = [];
        foreach (var part in parts)
        {
            if (part.Kind == AnswerPartKind.Call)
            {
                calls.Add((part.Text, new StringBuilder()));
            }
            else if (part.Kind == AnswerPartKind.Arguments)
            {
                calls[^1].Arguments.Append(part.Text);
            }
        }

        return [.. calls.Select(call => new ChatToolCall(NewCallId(), new ChatFunctionCall(call.Name, call.Arguments.ToString())))];
    }

    private static string NewCallId() => "call_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    private ToolCallDelta Begin(string name) =>
        new(_calls++, new FunctionCallDelta("") { Name = name }) { Id = NewCallId(), Type = "function" };

    private string NameOf(FinishReason finish) => finish == FinishReason.Length ? "length" : _calls > 0 ? "tool_calls" : "stop";

    private byte[] Chunk(ChunkDelta delta, ChoiceLogprobs? logprobs, string? finish = null) =>
        Event(new ChatCompletionChunk(_id, created, model, [new ChunkChoice(0, delta, logprobs, finish)]));
}
