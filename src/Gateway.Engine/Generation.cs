using System.Security.Cryptography;
using System.Threading.Channels;
using Gateway.Engine.Sampling;
using Gateway.Engine.Scheduling;
using Gateway.Engine.Weights;

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

    /// <summary>Draws the token that follows.</summary>
    /// <exception cref="EngineException">The logits are no numbers.</exception>
    public GeneratedToken Choose(ReadOnlySpan<float> logits, Sampler sampler)
    {
        if (!FiniteCheck.AllFinite(logits))
        {
            throw new EngineException("The model computed NaN or infinity for this prompt; the checkpoint may be damaged.");
        }

        var id = sampler.Sample(logits, _request.Sampling, _history, _seed, TokenCount);
        var logprob = _request.TopLogprobs is { } top ? TokenLogprobs.Of(logits, id, top) : null;
        FinishReason? finish = _stopIds.Contains(id) ? FinishReason.Stop : TokenCount + 1 == _maxTokenCount ? FinishReason.Length : null;
        return new GeneratedToken(id, logprob, finish);
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
