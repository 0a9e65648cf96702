using System.Security.Cryptography;
using System.Threading.Channels;
using Gateway.Engine.Execution;
using Gateway.Engine.Sampling;
using Gateway.Engine.Scheduling;

namespace Gateway.Engine;

/// <summary>A request in the engine: its sequence, what it has drawn so far, and the way back to the caller.</summary>
internal sealed class Generation : Sequence
{
    private readonly TokenRequest _request;
    private readonly HashSet<int> _stopIds;
    private readonly TokenHistory _history;
    private readonly long _seed;
    private readonly int _maxTokenCount;
    private readonly Channel<GeneratedToken> _tokens =
        Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true });

    public Generation(TokenRequest request, ModelDescription model)
        : base(request.PromptIds)
    {
        _request = request;
        _stopIds = [.. request.StopTokenIds, .. request.IgnoreEos ? [] : model.EosTokenIds];
        _history = new TokenHistory(request.PromptIds);
        _seed = request.Sampling.Seed ?? BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        _maxTokenCount = (int)Math.Min(model.ContextLength, (long)TokenCount + request.MaxTokens);
    }

    /// <summary>The answer as it comes.</summary>
    public ChannelReader<GeneratedToken> Tokens => _tokens.Reader;

    /// <summary>How the token that follows is to be chosen.</summary>
    public Draw NextDraw => new(_request.Sampling, _history, _seed, TokenCount, _request.TopLogprobs);

    /// <summary>What the token that was chosen means for the answer.</summary>
    /// <exception cref="EngineException">The logits were no numbers.</exception>
    public GeneratedToken Accept(Drawn drawn)
    {
        if (drawn.Id == Drawn.NotFinite)
        {
            throw new EngineException("The model computed NaN or infinity for this prompt; the checkpoint may be damaged.");
        }

        FinishReason? finish = _stopIds.Contains(drawn.Id) ? FinishReason.Stop : TokenCount + 1 == _maxTokenCount ? FinishReason.Length : null;
        return new GeneratedToken(drawn.Id, drawn.Logprob, finish);
    }

    /// <summary>Appends a token and sends it on; false when the answer has ended, because the caller left.</summary>
    public bool Deliver(GeneratedToken token)
    {
        Append(token.Id);
        _history.Add(token.Id);
        var delivered = _tokens.Writer.TryWrite(token);
        if (token.Finish is not null)
        {
            _tokens.Writer.TryComplete();
        }

        return delivered;
    }

    /// <summary>Ends the answer with an error; no effect on one that has ended.</summary>
    public void Fail(Exception exception) => _tokens.Writer.TryComplete(exception);
}
