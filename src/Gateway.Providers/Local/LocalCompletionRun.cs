using System.Runtime.CompilerServices;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Text;

namespace Gateway.Providers.Local;

/// <summary>The completion of one request: every candidate of every prompt, delivered whole or as they come.</summary>
internal sealed class LocalCompletionRun
{
    private readonly LanguageModel _model;
    private readonly LocalCompletionRequest _request;
    private readonly LocalCompletionAnswer _answer;
    private readonly IAnswerSink _sink;
    private readonly AnswerMeter _meter;
    private readonly AttemptDeadline _deadline;
    private readonly CompletionCandidate[] _candidates;
    private readonly Lazy<Task<IReadOnlyList<TokenLogprob>>>[] _promptScores;
    private readonly int[] _cached;
    private int _generated;

    public LocalCompletionRun(
        LanguageModel model, LocalCompletionRequest request, LocalCompletionAnswer answer, IAnswerSink sink, AnswerMeter meter, AttemptDeadline deadline)
    {
        (_model, _request, _answer, _sink, _meter, _deadline) = (model, request, answer, sink, meter, deadline);
        _candidates =
        [
            .. request.Prompts.SelectMany(prompt => Enumerable.Range(0, request.Candidates)
                .Select(_ => new CompletionCandidate(prompt, request.Logprobs is not null, model.Tokenizer))),
        ];

        _cached = new int[request.Prompts.Count];

        // Of a prompt with several candidates the tokens are judged once.
        _promptScores = [.. request.Prompts.Select(prompt => new Lazy<Task<IReadOnlyList<TokenLogprob>>>(() => model.Engine.ScoreAsync(
            new ScoreRequest { PromptIds = prompt.Tokens.PromptIds, TopLogprobs = request.Logprobs ?? 0, Adapter = prompt.Tokens.Adapter, Origin = prompt.Tokens.Origin }, deadline.Token)))];
    }

    public async Task SendWholeAsync()
    {
        await foreach (var (candidate, piece) in GenerateAsync(_deadline.Token).ConfigureAwait(false))
        {
            _candidates[candidate].Add(piece);
        }

        var choices = _candidates.Chunk(_request.Candidates).SelectMany(Best).Select((candidate, index) => candidate.Whole(index));
        var body = _answer.Whole([.. choices], MeterUsage());
        await _sink.SendAsync(Head(AnswerHead.Json), body, _deadline.Token).ConfigureAwait(false);
    }

    /// <summary>As many candidates as choices: which of several is the best is known only at the end.</summary>
    public async Task StreamAsync(bool includeUsage)
    {
        var unfinished = _candidates.Length;
        await foreach (var (index, piece) in GenerateAsync(_deadline.Token).ConfigureAwait(false))
        {
            if (!_sink.HasStarted)
            {
                _sink.StartStream(Head(AnswerHead.EventStream));
            }

            _candidates[index].Add(piece);
            if (_candidates[index].Take(index) is { } shown)
            {
                _sink.WriteEvent(_answer.Piece(shown));
            }

            if (piece.Finish is { } finish)
            {
                _sink.WriteEvent(_answer.Piece(new TextChoice(index, "", FinishReasonName.Of(finish))));
                unfinished--;
            }

            _deadline.Pause();
            await _sink.FlushAsync(_deadline.Token).ConfigureAwait(false);
            _deadline.Resume(hasToken: piece.Token is not null, isFinished: unfinished == 0);
        }

        var usage = MeterUsage();
        if (includeUsage)
        {
            _sink.WriteEvent(_answer.Usage(usage));
        }

        await _sink.CompleteStreamAsync(_deadline.Token).ConfigureAwait(false);
    }

    private IEnumerable<CompletionCandidate> Best(CompletionCandidate[] candidates) => candidates.Length == _request.Choices
        ? candidates
        : candidates.OrderByDescending(candidate => candidate.MeanLogprob).Take(_request.Choices);

    private async IAsyncEnumerable<(int Candidate, CompletionPiece Piece)> GenerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _meter.Clock.BeginWait();
        await foreach (var next in Interleaved.MergeAsync(_candidates.Length, OpenAsync, LocalProvider.MostAtOnce, cancellationToken).ConfigureAwait(false))
        {
            _meter.Clock.EndWait();
            if (next.Item.Token is not null)
            {
                _generated++;
                _meter.Observe(hasToken: true, usage: null);
            }

            yield return next;
            _meter.Clock.BeginWait();
        }

        _meter.Clock.EndWait();
    }

    private async IAsyncEnumerable<CompletionPiece> OpenAsync(int candidate, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var number = candidate / _request.Candidates;
        var prompt = _request.Prompts[number];
        if (_request.Echoes)
        {
            var scores = _request.Logprobs is null ? null : await _promptScores[number].Value.WaitAsync(cancellationToken).ConfigureAwait(false);
            yield return new CompletionPiece(TextOf(prompt.Input), Token: null, scores, Finish: null);
        }

        if (!_request.Generates)
        {
            yield return new CompletionPiece("", Token: null, PromptScores: null, FinishReason.Length);
            yield break;
        }

        var tokens = prompt.ForCandidate(candidate % _request.Candidates);
        await foreach (var delta in _model.GenerateAsync(tokens, _request.Stops, cancellationToken).ConfigureAwait(false))
        {
            // A prompt with several candidates counts once, as its first one found it.
            _cached[number] = candidate % _request.Candidates == 0 ? delta.Token.CachedPromptTokens : _cached[number];
            yield return new CompletionPiece(delta.Text, delta.Token, PromptScores: null, delta.Finish);
        }
    }

    private AnswerHead Head(string contentType) => new(200, contentType, PromptTruncation.Headers(_request.TruncatedTokens));

    private string TextOf(TokenInput input) => input.Text ?? _model.Tokenizer.Decode([.. input.Ids], skipSpecialTokens: true);

    private CompletionUsage MeterUsage()
    {
        var prompts = _request.Prompts.Sum(prompt => (long)prompt.Input.Ids.Count);
        var cached = _cached.Sum(tokens => (long)tokens);
        _meter.Observe(hasToken: false, new TokenUsage(prompts, cached, _generated, Reasoning: 0));
        return new CompletionUsage(prompts, _generated) { PromptTokensDetails = _request.Generates ? new PromptTokensDetails(cached) : null };
    }
}
