using System.Security.Cryptography;
using System.Threading.Channels;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Gateway.Engine.Constraints.Masks;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.KvCache;
using Gateway.Engine.Sampling;
using Gateway.Engine.Scheduling;

namespace Gateway.Engine;

/// <summary>A request in the engine: its sequence, what it has drawn so far, and the way back to the caller.</summary>
internal sealed class Generation : Sequence
{
    private readonly TokenRequest _request;
    private readonly bool _needsHistory;
    private readonly HashSet<int> _stopIds;
    private readonly long _seed;
    private readonly AnswerConstraint? _constraint;
    private readonly Channel<GeneratedToken> _tokens =
        Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private TokenHistory _history = TokenHistory.None;
    private GenerationBuffers? _buffers;

    /// <param name="request">A valid one.</param>
    /// <param name="model">What is asked.</param>
    /// <param name="automaton">The request's constraint, compiled; null where it has none.</param>
    /// <param name="masks">The model's; null where there is no constraint.</param>
    /// <param name="reading">What is wanted of the prompt itself, in place of an answer; null for an answer.</param>
    public Generation(
        TokenRequest request, ModelDescription model, PushdownAutomaton? automaton = null, TokenMasks? masks = null, PromptReading? reading = null)
        : base(request.PromptIds)
    {
        _request = request;
        Reading = reading;
        _stopIds = [.. request.StopTokenIds, .. request.IgnoreEos ? [] : model.EosTokenIds];
        _needsHistory = SamplerRow.DependsOnHistory(request.Sampling);
        _seed = request.Sampling.Seed ?? BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        _constraint = automaton is null ? null : new AnswerConstraint(masks!, automaton, request.Constraint!.BeginsAfterTokenId, _stopIds);
        MaxTokenCount = reading is null ? (int)Math.Min(model.ContextLength, (long)TokenCount + request.MaxTokens) : TokenCount;
        (Tenant, Priority) = (request.Origin.Tenant, request.Origin.Priority);
        Scope = (request.Origin.CacheSalt, request.Adapter) is (null, null) ? CacheScope.Shared : new CacheScope(request.Origin.CacheSalt, request.Adapter);
        Adapter = model.NumberOf(request.Adapter)!.Value;
    }

    /// <summary>The number of the adapter that it is under; 0 for the bare model.</summary>
    public int Adapter { get; }

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

    /// <summary>A grammar looks at every token of the answer, so the next one cannot be chosen before the last one is known.</summary>
    public override bool MayGoOn => Reading is not null
        ? UncachedTokens > 0
        : PendingCount == 0 || (TokenCount < MaxTokenCount && _constraint is null);

    /// <summary>How the token that follows is to be chosen.</summary>
    public Draw NextDraw => new(_request.Sampling, _history, _seed, TokenCount, _request.TopLogprobs)
    {
        Constraint = _constraint is { IsActive: true } ? _constraint : null,
        PendingRow = PendingCount > 0 ? LastRow : null,
    };

    /// <summary>Its tokens, and their history where its parameters look at one, are written there from now on.</summary>
    public void Use(GenerationBuffers buffers)
    {
        _buffers = buffers;
        MoveTo(buffers.TokenIds);
        if (_needsHistory)
        {
            _history = buffers.History;
            _history.Begin(_request.PromptIds);
        }
    }

    /// <summary>What it used, once, for others to use: it has left the engine. Null where it had none.</summary>
    public GenerationBuffers? GiveUpBuffers()
    {
        if (_buffers is not { } buffers)
        {
            return null;
        }

        _buffers = null;
        ForgetTokens();
        return buffers;
    }

    /// <summary>What the token that was chosen means for the answer.</summary>
    /// <exception cref="EngineException">The logits were no numbers, or the grammar allows no token.</exception>
    public GeneratedToken Accept(Drawn drawn)
    {
        if (drawn.Id == Drawn.NothingAllowed)
        {
            throw _constraint!.Failure;
        }

        if (drawn.Id == Drawn.NotFinite)
        {
            throw new EngineException("The model computed NaN or infinity for this prompt; the checkpoint may be damaged.");
        }

        FinishReason? finish = _stopIds.Contains(drawn.Id) ? FinishReason.Stop : TokenCount - PendingCount + 1 == MaxTokenCount ? FinishReason.Length : null;
        return new GeneratedToken(drawn.Id, drawn.Logprob, finish) { CachedPromptTokens = PrefixHitTokens };
    }

    /// <summary>The pending token is this one: sends it on; false when the answer has ended, because the caller left.</summary>
    /// <exception cref="GrammarException">There are too many ways to read the answer by its grammar.</exception>
    public bool Deliver(GeneratedToken token)
    {
        Resolve(token.Id);
        if (token.Finish is null)
        {
            _constraint?.Advance(token.Id);
        }

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
