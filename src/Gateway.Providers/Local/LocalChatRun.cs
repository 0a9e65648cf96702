using System.Runtime.CompilerServices;
using Gateway.Contracts.OpenAI;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Text;

namespace Gateway.Providers.Local;

/// <summary>The answer to a conversation, one choice or several, delivered whole or as it comes.</summary>
internal sealed class LocalChatRun(
    LanguageModel model, LocalRequest request, LocalChatAnswer answer, IAnswerSink sink, AnswerMeter meter, AttemptDeadline deadline)
{
    /// <summary>Choices of one request that the engine works on at the same time.</summary>
    private const int MostAtOnce = 16;

    private readonly LocalChatChoice[] _choices =
    [
        .. Enumerable.Range(0, request.Choices)
            .Select(index => new LocalChatChoice(index, request.Tokens.TopLogprobs is null ? null : new LogprobEntries(model.Tokenizer))),
    ];

    private int _generated;
    private int _reasoned;
    private int _cached;

    public async Task SendWholeAsync()
    {
        await foreach (var (choice, delta) in GenerateAsync(deadline.Token).ConfigureAwait(false))
        {
            _choices[choice].Add(delta);
        }

        var body = answer.Whole([.. _choices.Select(choice => choice.Whole())], MeterUsage());
        await sink.SendAsync(Head(AnswerHead.Json), body, deadline.Token).ConfigureAwait(false);
    }

    public async Task StreamAsync(bool includeUsage)
    {
        var unfinished = _choices.Length;
        await foreach (var (choice, delta) in GenerateAsync(deadline.Token).ConfigureAwait(false))
        {
            Start();
            _choices[choice].Add(delta);
            foreach (var piece in _choices[choice].Take())
            {
                sink.WriteEvent(answer.Piece(piece));
            }

            unfinished -= delta.Finish is null ? 0 : 1;
            deadline.Pause();
            await sink.FlushAsync(deadline.Token).ConfigureAwait(false);
            deadline.Resume(hasToken: true, isFinished: unfinished == 0);
        }

        var usage = MeterUsage();
        if (includeUsage)
        {
            sink.WriteEvent(answer.Usage(usage));
        }

        await sink.CompleteStreamAsync(deadline.Token).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<(int Choice, ChatDelta Delta)> GenerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        meter.Clock.BeginWait();
        var choices = Interleaved.MergeAsync(
            request.Choices, (choice, token) => model.ChatAsync(request.Turn, request.ForChoice(choice), request.Stops, token), MostAtOnce, cancellationToken);
        await foreach (var next in choices.ConfigureAwait(false))
        {
            var isReasoning = next.Item.IsReasoning;
            meter.Clock.EndWait();
            _generated++;
            _reasoned += isReasoning ? 1 : 0;

            // The prompt counts once, as the first choice found it.
            _cached = next.Source == 0 ? next.Item.Token.CachedPromptTokens : _cached;
            meter.Observe(hasToken: true, hasContentToken: !isReasoning, usage: null);
            yield return next;
            meter.Clock.BeginWait();
        }

        meter.Clock.EndWait();
    }

    private void Start()
    {
        if (sink.HasStarted)
        {
            return;
        }

        sink.StartStream(Head(AnswerHead.EventStream));
        for (var choice = 0; choice < _choices.Length; choice++)
        {
            if (answer.First(choice) is { } first)
            {
                sink.WriteEvent(first);
            }
        }
    }

    private AnswerHead Head(string contentType) => new(200, contentType, PromptTruncation.Headers(request.TruncatedTokens));

    private CompletionUsage MeterUsage()
    {
        meter.Observe(hasToken: false, new TokenUsage(request.Tokens.PromptIds.Count, _cached, _generated, _reasoned));
        return new CompletionUsage(request.Tokens.PromptIds.Count, _generated)
        {
            PromptTokensDetails = new PromptTokensDetails(_cached),
            CompletionTokensDetails = model.Reasons ? new CompletionTokensDetails(_reasoned) : null,
        };
    }
}
