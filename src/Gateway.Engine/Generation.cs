using System.Security.Cryptography;
using System.Threading.Channels;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.KvCache;
using Gateway.Engine.Sampling;
using Gateway.Engine.Scheduling;

namespace Gateway.Engine;

/// <summary>A request in the engine: its sequence, what it has drawn so far, and the way back to the caller.</summary>
internal sealed class Generation : Sequence
{
    /// <summary>Tokens that an answer may have before its list must grow: 16 KiB.</summary>
    private const int ReservedTokens = 4_096;

    private readonly TokenRequest _request;
    private readonly bool _needsHistory;
    private readonly HashSet<int> _stopIds;
    private readonly TokenHistory _history;
    private readonly long _seed;
    private readonly int _maxTokenCount;
    private readonly Channel<GeneratedToken> _tokens =
        Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    /// <param name="request">What to generate from.</param>
    /// <param name="model">The model.</param>
    /// <param name="reading">What is wanted of the prompt itself, in place of an answer; null for an answer.</param>
    public Generation(TokenRequest request, ModelDescription model, PromptReading? reading = null)
        : base(request.PromptIds, Math.Clamp(request.MaxTokens, 0, Math.Min(ReservedTokens, Math.Max(0, model.ContextLength - request.PromptIds.Count))))
    {
        _request = request;
        Reading = reading;
        _stopIds = [.. request.StopTokenIds, .. request.IgnoreEos ? [] : model.EosTokenIds];
        _needsHistory = SamplerRow.DependsOnHistory(request.Sampling);
        _history = new TokenHistory(_needsHistory ? request.PromptIds : []);
        _seed = request.Sampling.Seed ?? BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        _maxTokenCount = (int)Math.Min(model.ContextLength, (long)TokenCount + request.MaxTokens);
        (Tenant, Priority) = (request.Origin.Tenant, request.Origin.Priority);
        Scope = request.Origin.CacheSalt is { } salt ? new CacheScope(salt) : CacheScope.Shared;
    }

    /// <summary>What is wanted of the prompt, in place of an answer; null for an answer.</summary>
    public PromptReading? Reading { get; }

    public override int ReusableTokens => Reading?.NextPosition ?? int.MaxValue;

    /// <summary>How long it took so far.</summary>
    public GenerationClock Clock { get; } = new();

    /// <summary>The answer as it comes.</summary>
    public ChannelReader<GeneratedToken> Tokens => _tokens.Reader;

    /// <summary>Whether the answer has ended; a step that was under way then chooses for nothing.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The row of the last step that chose for this request.</summary>
    public int LastRow { get; set; }

    /// <summary>Penalties look at every token of the answer, so the next one cannot be chosen before the last one is known.</summary>
    public override bool MayGoOn => Reading is not null
        ? UncachedTokens > 0
        : PendingCount == 0 || (TokenCount < _maxTokenCount && !_needsHistory);

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

        FinishReason? finish = _stopIds.Contains(drawn.Id) ? FinishReason.Stop : TokenCount - PendingCount + 1 == _maxTokenCount ? FinishReason.Length : null;
        return new GeneratedToken(drawn.Id, drawn.Logprob, finish) { CachedPromptTokens = PrefixHitTokens };
    }

    /// <summary>The pending token is this one: sends it on; false when the answer has ended, because the caller left.</summary>
    public bool Deliver(GeneratedToken token)
    {
        Resolve(token.Id);
        HasEnded = token.Finish is not null;
        if (_needsHistory)
        {
            _history.Add(token.Id);
        }

        var delivered = _tokens.Writer.TryWrite(token);
        if (token.Finish is not null)
        {
            _tokens.Writer.TryComplete();
        }

        return delivered;
    }

    /// <summary>All of the prompt is computed, and read.</summary>
    /// <exception cref="EngineException">What was read were no numbers.</exception>
    public void EndReading()
    {
        if (Reading!.IsDamaged)
        {
            throw new EngineException("The model computed NaN or infinity for this prompt; the checkpoint may be damaged.");
        }

        HasEnded = true;
        _tokens.Writer.TryComplete();
    }

    /// <summary>Ends the answer with an error; no effect on one that has ended.</summary>
    public void Fail(Exception exception)
    {
        HasEnded = true;
        _tokens.Writer.TryComplete(exception);
    }
}
