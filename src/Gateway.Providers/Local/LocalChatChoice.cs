using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Dialogue;

namespace Gateway.Providers.Local;

/// <summary>One choice of an answer to a conversation, while it comes.</summary>
/// <param name="index">Its place among the choices, from 0.</param>
/// <param name="logprobs">Gathers log probabilities; null where the client wants none.</param>
internal sealed class LocalChatChoice(int index, LogprobEntries? logprobs)
{
    private readonly List<AnswerPart> _parts = [];
    private FinishReason? _finish;
    private int _calls;

    public void Add(in ChatDelta delta)
    {
        _parts.AddRange(delta.Parts);
        _finish = delta.Finish;
        logprobs?.Add(delta.Token, delta.IsReasoning);
    }

    /// <summary>All of it, once it has ended.</summary>
    public ChatChoice Whole()
    {
        var calls = CallsOf(_parts);
        _calls = calls.Count;
        var message = new ChatAnswer(TextOf(_parts, AnswerPartKind.Content) ?? (calls.Count > 0 ? null : ""))
        {
            ReasoningContent = TextOf(_parts, AnswerPartKind.Reasoning),
            ToolCalls = calls.Count > 0 ? calls : null,
        };
        return new ChatChoice(index, message, logprobs?.Take(), FinishName());
    }

    /// <summary>What came since the last call, as events have it.</summary>
    public IEnumerable<ChunkChoice> Take()
    {
        foreach (var part in _parts)
        {
            yield return new ChunkChoice(index, DeltaOf(part), TakeLogprobs(), null);
        }

        _parts.Clear();
        if (_finish is null)
        {
            yield break;
        }

        if (TakeLogprobs() is { } rest)
        {
            // Their text has not come, or never comes.
            yield return new ChunkChoice(index, new ChunkDelta { Content = "" }, rest, null);
        }

        yield return new ChunkChoice(index, new ChunkDelta(), null, FinishName());
    }

    private ChoiceLogprobs? TakeLogprobs() => logprobs is { IsEmpty: false } ? logprobs.Take() : null;

    private ChunkDelta DeltaOf(AnswerPart part) => part.Kind switch
    {
        AnswerPartKind.Reasoning => new ChunkDelta { ReasoningContent = part.Text },
        AnswerPartKind.Content => new ChunkDelta { Content = part.Text },
        AnswerPartKind.Call => new ChunkDelta { ToolCalls = [Begin(part.Text)] },
        _ => new ChunkDelta { ToolCalls = [new ToolCallDelta(_calls - 1, new FunctionCallDelta(part.Text))] },
    };

    private ToolCallDelta Begin(string name) => new(_calls++, new FunctionCallDelta("") { Name = name }) { Id = NewCallId(), Type = "function" };

    private string FinishName() => _finish == FinishReason.Stop && _calls > 0 ? "tool_calls" : FinishReasonName.Of(_finish!.Value);

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
}
