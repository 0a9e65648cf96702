using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Tokenization;

namespace Gateway.Providers.Local;

/// <summary>Gathers the log probabilities of an answer's tokens until they are sent, those of reasoning apart.</summary>
/// <param name="tokenizer">Knows the texts of tokens.</param>
internal sealed class LogprobEntries(Tokenizer tokenizer)
{
    private List<TokenLogprobEntry> _content = [];
    private List<TokenLogprobEntry> _reasoning = [];

    public bool IsEmpty => _content.Count == 0 && _reasoning.Count == 0;

    /// <summary>Adds a token; without effect for one that came without its log probability.</summary>
    public void Add(in GeneratedToken token, bool isReasoning)
    {
        // The token that ends an answer is not part of its text, and so has no entry.
        if (token is { Logprob: { } logprob, Finish: not FinishReason.Stop })
        {
            (isReasoning ? _reasoning : _content).Add(Entry(token.Id, logprob.Logprob) with
            {
                TopLogprobs = [.. logprob.Top.Select(top => Entry(top.Id, top.Logprob))],
            });
        }
    }

    /// <summary>Takes out what has been gathered.</summary>
    public ChoiceLogprobs Take()
    {
        var taken = new ChoiceLogprobs(_content) { ReasoningContent = _reasoning.Count > 0 ? _reasoning : null };
        (_content, _reasoning) = ([], []);
        return taken;
    }

    private TokenLogprobEntry Entry(int id, double logprob)
    {
        var bytes = tokenizer.BytesOf(id);
        return new TokenLogprobEntry(Encoding.UTF8.GetString(bytes.Span), logprob, [.. bytes.ToArray().Select(value => (int)value)]);
    }
}
