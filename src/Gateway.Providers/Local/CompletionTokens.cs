using System.Text;
using System.Text.Unicode;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Tokenization;

namespace Gateway.Providers.Local;

/// <summary>Gathers the tokens of one choice in the arrays that <c>/v1/completions</c> has for them.</summary>
internal sealed class CompletionTokens(Tokenizer tokenizer)
{
    private List<string> _tokens = [];
    private List<double?> _logprobs = [];
    private List<IReadOnlyDictionary<string, double>?> _top = [];
    private List<int> _offsets = [];
    private StreamingDecoder _decoder = tokenizer.CreateStreamingDecoder(skipSpecialTokens: true);
    private int _offset;

    /// <summary>Whether tokens were added since the last <see cref="Take"/>.</summary>
    public bool HasAny => _tokens.Count > 0;

    /// <param name="id">The token.</param>
    /// <param name="logprob">Null for a token that follows nothing.</param>
    public void Add(int id, TokenLogprob? logprob)
    {
        var text = TextOf(id);
        _tokens.Add(text);
        _logprobs.Add(logprob?.Logprob);
        _top.Add(logprob is null ? null : Top(text, logprob));
        _offsets.Add(_offset);
        _offset += Length(_decoder.Next(id));
    }

    /// <summary>The prompt ends here: the answer is a text of its own behind it.</summary>
    /// <param name="text">The prompt as it is echoed.</param>
    public void EndPrompt(string text) => (_offset, _decoder) = (Length(text), tokenizer.CreateStreamingDecoder(skipSpecialTokens: true));

    /// <summary>What was added since the last call.</summary>
    public CompletionLogprobs Take()
    {
        var taken = new CompletionLogprobs(_tokens, _logprobs, _top, _offsets);
        (_tokens, _logprobs, _top, _offsets) = ([], [], [], []);
        return taken;
    }

    /// <summary>The likeliest, and the one that stands there. Two tokens may have the same text; then the likelier one counts.</summary>
    private Dictionary<string, double> Top(string text, TokenLogprob logprob)
    {
        Dictionary<string, double> top = [];
        foreach (var likely in logprob.Top)
        {
            top.TryAdd(TextOf(likely.Id), likely.Logprob);
        }

        top.TryAdd(text, logprob.Logprob);
        return top;
    }

    /// <summary>OpenAI writes tokens that are no whole characters as <c>bytes:\xe2\x80</c>.</summary>
    private string TextOf(int id)
    {
        var bytes = tokenizer.BytesOf(id).Span;
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder("bytes:");
        foreach (var value in bytes)
        {
            text.Append("\\x").Append(Convert.ToHexStringLower([value]));
        }

        return text.ToString();
    }

    /// <summary>In code points, as clients in Python count.</summary>
    private static int Length(string text)
    {
        var length = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            length++;
        }

        return length;
    }
}
