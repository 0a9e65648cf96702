using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Dialogue;

/// <summary>The tokens around what a model thinks before it answers. Text that merely spells them out means nothing.</summary>
/// <param name="BeginId"><c>&lt;think&gt;</c>.</param>
/// <param name="EndId"><c>&lt;/think&gt;</c>.</param>
internal sealed record ReasoningMarks(int BeginId, int EndId)
{
    /// <summary>Those of a vocabulary; null when it has none, and the model so does not reason apart from its answer.</summary>
    public static ReasoningMarks? Find(Tokenizer tokenizer)
    {
        var added = tokenizer.AddedTokenList;
        return added.FirstOrDefault(token => token.Content == "<think>") is { } begin && added.FirstOrDefault(token => token.Content == "</think>") is { } end
            ? new ReasoningMarks(begin.Id, end.Id)
            : null;
    }

    /// <summary>Where a prompt leaves the model.</summary>
    public ReasoningStart StartAfter(ReadOnlySpan<int> prompt, Tokenizer tokenizer)
    {
        var last = prompt.Length - 1;
        while (last >= 0 && IsWhiteSpace(tokenizer.BytesOf(prompt[last]).Span))
        {
            last--;
        }

        return last < 0 ? ReasoningStart.Free
            : prompt[last] == BeginId ? ReasoningStart.Inside
            : prompt[last] == EndId ? ReasoningStart.Over
            : ReasoningStart.Free;
    }

    /// <summary>Whether a token is white space, and nothing of a character that is more.</summary>
    public static bool IsWhiteSpace(ReadOnlySpan<byte> token) => token.Trim(" \t\r\n"u8).IsEmpty;
}
