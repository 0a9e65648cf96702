using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Tokenization;

namespace Gateway.Providers.Local;

/// <summary>One answer to one prompt of a completion, while it comes.</summary>
/// <param name="prompt">The prompt.</param>
/// <param name="hasLogprobs">Whether the client wants log-probabilities.</param>
/// <param name="tokenizer">Of the model.</param>
internal sealed class CompletionCandidate(LocalPrompt prompt, bool hasLogprobs, Tokenizer tokenizer)
{
    private readonly CompletionTokens? _tokens = hasLogprobs ? new CompletionTokens(tokenizer) : null;
    private readonly StringBuilder _text = new();
    private double _logprobs;
    private int _generated;

    /// <summary>The mean log-probability of its tokens, by which the best are known; 0 without tokens.</summary>
    public double MeanLogprob => _generated == 0 ? 0 : _logprobs / _generated;

    public FinishReason? Finish { get; private set; }

    public void Add(in CompletionPiece piece)
    {
        _text.Append(piece.Text);
        Finish = piece.Finish;
        if (piece.Token is { } token)
        {
            AddToken(token);
        }
        else if (piece.PromptScores is { } scores && _tokens is not null)
        {
            for (var i = 0; i < prompt.Input.Ids.Count; i++)
            {
                _tokens.Add(prompt.Input.Ids[i], i == 0 ? null : scores[i - 1]);
            }

            _tokens.EndPrompt(piece.Text);
        }
    }

    /// <summary>What came since the last call; null when there is nothing to show.</summary>
    /// <param name="index">Of the choice.</param>
    public TextChoice? Take(int index)
    {
        if (_text.Length == 0 && !(Finish is not null && _tokens?.HasAny == true))
        {
            return null;
        }

        var choice = new TextChoice(index, _text.ToString(), FinishReason: null) { Logprobs = _tokens?.Take() };
        _text.Clear();
        return choice;
    }

    /// <summary>All of it as one choice.</summary>
    /// <param name="index">Of the choice.</param>
    public TextChoice Whole(int index) => new(index, _text.ToString(), FinishReasonName.Of(Finish!.Value)) { Logprobs = _tokens?.Take() };

    /// <summary>The token that ends an answer is not part of its text, and so has no entry.</summary>
    private void AddToken(GeneratedToken token)
    {
        if (token.Finish != FinishReason.Stop)
        {
            _tokens?.Add(token.Id, token.Logprob);
        }

        if (token.Logprob is { } logprob)
        {
            _logprobs += logprob.Logprob;
            _generated++;
        }
    }
}
