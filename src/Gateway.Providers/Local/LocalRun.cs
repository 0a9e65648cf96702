using System.Runtime.CompilerServices;
using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;

namespace Gateway.Providers.Local;

/// <summary>One generation of the engine, delivered whole or as it comes.</summary>
internal sealed class LocalRun(LanguageModel model, LocalRequest request, LocalAnswer answer, IAnswerSink sink, AnswerMeter meter, AttemptDeadline deadline)
{
    private int _generated;

    public async Task SendWholeAsync()
    {
        var text = new StringBuilder();
        List<TokenLogprobEntry>? logprobs = request.Tokens.TopLogprobs is null ? null : [];
        var finish = FinishReason.Stop;
        await foreach (var delta in GenerateAsync(deadline.Token).ConfigureAwait(false))
        {
            text.Append(delta.Text);
            AddLogprob(logprobs, delta);
            finish = delta.Finish ?? finish;
        }

        var usage = MeterUsage();
        var body = answer.Whole(text.ToString(), logprobs, finish, usage);
        await sink.SendAsync(new AnswerHead(200, AnswerHead.Json, []), body, deadline.Token).ConfigureAwait(false);
    }

    public async Task StreamAsync(bool includeUsage)
    {
        List<TokenLogprobEntry>? logprobs = request.Tokens.TopLogprobs is null ? null : [];
        await foreach (var delta in GenerateAsync(deadline.Token).ConfigureAwait(false))
        {
            Start();
            AddLogprob(logprobs, delta);
            if (delta.Text.Length > 0 || (delta.Finish is not null && logprobs?.Count > 0))
            {
                sink.WriteEvent(answer.Delta(delta.Text, logprobs));
                logprobs = logprobs is null ? null : [];
            }

            if (delta.Finish is { } finish)
            {
                sink.WriteEvent(answer.Last(finish));
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

    private async IAsyncEnumerable<TextDelta> GenerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        meter.Clock.BeginWait();
        await foreach (var delta in model.GenerateAsync(request.Tokens, request.Stops, cancellationToken).ConfigureAwait(false))
        {
            meter.Clock.EndWait();
            _generated++;
            meter.Observe(hasToken: true, usage: null);
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

    private CompletionUsage MeterUsage()
    {
        meter.Observe(hasToken: false, new TokenUsage(request.Tokens.PromptIds.Count, CachedInput: 0, _generated, Reasoning: 0));
        return new CompletionUsage(request.Tokens.PromptIds.Count, _generated);
    }

    /// <summary>The token that ends an answer is not part of its text, and so has no entry.</summary>
    private void AddLogprob(List<TokenLogprobEntry>? logprobs, in TextDelta delta)
    {
        if (logprobs is not null && delta.Token is { Logprob: { } logprob, Finish: not FinishReason.Stop } token)
        {
            logprobs.Add(Entry(model.Tokenizer, token.Id, logprob.Logprob) with
            {
                TopLogprobs = [.. logprob.Top.Select(top => Entry(model.Tokenizer, top.Id, top.Logprob))],
            });
        }
    }

    private static TokenLogprobEntry Entry(Tokenizer tokenizer, int id, double logprob)
    {
        var bytes = tokenizer.BytesOf(id);
        return new TokenLogprobEntry(Encoding.UTF8.GetString(bytes.Span), logprob, [.. bytes.ToArray().Select(value => (int)value)]);
    }
}
