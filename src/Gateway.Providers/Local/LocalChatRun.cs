using System.Runtime.CompilerServices;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Text;

namespace Gateway.Providers.Local;

/// <summary>One answer to a conversation, delivered whole or as it comes.</summary>
internal sealed class LocalChatRun(
    LanguageModel model, ChatTurn turn, LocalRequest request, LocalChatAnswer answer, IAnswerSink sink, AnswerMeter meter, AttemptDeadline deadline)
{
    private readonly LogprobEntries? _logprobs = request.Tokens.TopLogprobs is null ? null : new LogprobEntries(model.Tokenizer);
    private int _generated;
    private int _reasoned;

    public async Task SendWholeAsync()
    {
        List<AnswerPart> parts = [];
        var finish = FinishReason.Stop;
        await foreach (var delta in GenerateAsync(deadline.Token).ConfigureAwait(false))
        {
            parts.AddRange(delta.Parts);
            finish = delta.Finish ?? finish;
        }

        var usage = MeterUsage();
        var body = answer.Whole(parts, _logprobs?.Take(), finish, usage);
        await sink.SendAsync(new AnswerHead(200, AnswerHead.Json, []), body, deadline.Token).ConfigureAwait(false);
    }

    public async Task StreamAsync(bool includeUsage)
    {
        await foreach (var delta in GenerateAsync(deadline.Token).ConfigureAwait(false))
        {
            Start();
            foreach (var part in delta.Parts)
            {
                sink.WriteEvent(answer.Delta(part, TakeLogprobs()));
            }

            if (delta.Finish is { } finish)
            {
                WriteEnd(finish);
            }

            deadline.Pause();
            await sink.FlushAsync(deadline.Token).ConfigureAwait(false);
            deadline.Resume(hasToken: true, isFinished: delta.Finish is not null);
        }

        var usage = MeterUsage();
        if (includeUsage)
        {
            sink.WriteEvent(answer.Usage(usage));
        }

        await sink.CompleteStreamAsync(deadline.Token).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<ChatDelta> GenerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        meter.Clock.BeginWait();
        await foreach (var delta in model.ChatAsync(turn, request.Tokens, request.Stops, cancellationToken).ConfigureAwait(false))
        {
            meter.Clock.EndWait();
            _generated++;
            _reasoned += delta.IsReasoning ? 1 : 0;
            _logprobs?.Add(delta.Token, delta.IsReasoning);
            meter.Observe(hasToken: true, hasContentToken: !delta.IsReasoning, usage: null);
            yield return delta;
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

        sink.StartStream(new AnswerHead(200, AnswerHead.EventStream, []));
        if (answer.First() is { } first)
        {
            sink.WriteEvent(first);
        }
    }

    private void WriteEnd(FinishReason finish)
    {
        if (TakeLogprobs() is { } logprobs)
        {
            sink.WriteEvent(answer.Delta(logprobs));
        }

        sink.WriteEvent(answer.Last(finish));
    }

    private ChoiceLogprobs? TakeLogprobs() => _logprobs is { IsEmpty: false } ? _logprobs.Take() : null;

    private CompletionUsage MeterUsage()
    {
        meter.Observe(hasToken: false, new TokenUsage(request.Tokens.PromptIds.Count, CachedInput: 0, _generated, _reasoned));
        return new CompletionUsage(request.Tokens.PromptIds.Count, _generated)
        {
            CompletionTokensDetails = model.Reasons ? new CompletionTokensDetails(_reasoned) : null,
        };
    }
}
