using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>One choice of an answer in one piece, while it comes.</summary>
/// <param name="hasLogprobs">Whether log-probabilities belong to it.</param>
internal sealed class AnsweredChoice(bool hasLogprobs)
{
    private readonly StringBuilder _text = new();

    public string Text => _text.ToString();

    public List<TokenLogprobEntry>? Logprobs { get; } = hasLogprobs ? [] : null;

    public FinishReason Finish { get; private set; }

    public void Add(string text, FinishReason? finish)
    {
        _text.Append(text);
        Finish = finish ?? Finish;
    }
}
