using Gateway.Engine.Dialogue.ToolCalls;
using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Dialogue;

/// <summary>A conversation as the model gets it, and how its answer is to be read. Immutable; serves any number of answers.</summary>
public sealed class ChatTurn
{
    private readonly Tokenizer _tokenizer;
    private readonly ReasoningMarks? _marks;
    private readonly ReasoningStart _start;
    private readonly ToolCallFormat? _calls;
    private readonly HashSet<string> _names;
    private readonly bool _isParallel;

    internal ChatTurn(int[] promptIds, Tokenizer tokenizer, ReasoningMarks? marks, ToolCallFormat? calls, Conversation conversation)
    {
        PromptIds = promptIds;
        _tokenizer = tokenizer;
        _marks = marks;
        _start = marks?.StartAfter(promptIds, tokenizer) ?? ReasoningStart.Over;
        _calls = calls;
        _names = calls is null ? [] : [.. conversation.Tools.Select(tool => tool.Name)];
        _isParallel = conversation.ParallelToolCalls;
    }

    private ChatTurn(ChatTurn turn, int[] promptIds)
    {
        PromptIds = promptIds;
        _tokenizer = turn._tokenizer;
        _marks = turn._marks;
        _start = ReasoningStart.Over;
        _calls = turn._calls;
        _names = turn._names;
        _isParallel = turn._isParallel;
    }

    /// <summary>The prompt.</summary>
    public IReadOnlyList<int> PromptIds { get; }

    /// <summary>The same turn with the beginning of its content said already; what looks like a control token in it is plain text.</summary>
    public ChatTurn Saying(string content)
    {
        int[] closing = _start == ReasoningStart.Inside ? [_marks!.EndId, .. _tokenizer.Encode("\n\n", AddedTokens.Plain)] : [];
        return new ChatTurn(this, [.. PromptIds, .. closing, .. _tokenizer.Encode(content, AddedTokens.Plain)]);
    }

    internal AnswerReader CreateReader(IReadOnlyList<string> stops) => new(
        _tokenizer,
        _marks,
        _start,
        _calls is null ? null : new ToolCallReader(_calls, _names, _isParallel),
        _calls?.Marks,
        stops);
}
