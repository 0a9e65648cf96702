using System.Runtime.CompilerServices;
using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;

namespace Gateway.Providers.Local;

/// <summary>The answer of the engine, one choice or several, delivered whole or as it comes.</summary>
internal sealed class LocalRun(LanguageModel model, LocalRequest request, LocalChatAnswer answer, IAnswerSink sink, AnswerMeter meter, AttemptDeadline deadline)
{
    /// <summary>Choices of one request that the engine works on at the same time.</summary>
    private const int MostAtOnce = 16;

    private int _generated;
    private int _unfinished = request.Choices;

    public async Task SendWholeAsync()
    {
        var choices = Enumerable.Range(0, request.Choices).Select(_ => new AnsweredChoice(hasLogprobs: request.Tokens.TopLogprobs is not null)).ToArray();
        await foreach (var (choice, delta) in GenerateAsync(deadline.Token).ConfigureAwait(false))
        {
            choices[choice].Add(delta.Text, delta.Finish);
            AddLogprob(choices[choice].Logprobs, delta);
        }

        var usage = MeterUsage();
        var body = answer.Whole(choices, usage);
        await sink.SendAsync(new AnswerHead(200, AnswerHead.Json, []), body, deadline.Token).ConfigureAwait(false);
    }

    public async Task StreamAsync(bool includeUsage)
    {
        var logprobs = new List<TokenLogprobEntry>?[request.Choices];
        await foreach (var (choice, delta) in GenerateAsync(deadline.Token).ConfigureAwait(false))
        {
            Start();
            ref var held = ref logprobs[choice];
            held ??= request.Tokens.TopLogprobs is null ? null : [];
            AddLogprob(held, delta);
            if (delta.Text.Length > 0 || (delta.Finish is not null && held?.Count > 0))
            {
                sink.WriteEvent(answer.Delta(choice, delta.Text, held));
                held = null;
            }

            if (delta.Finish is { } finish)
            {
                sink.WriteEvent(answer.Last(choice, finish));
                _unfinished--;
            }

            deadline.Pause();
            await sink.FlushAsync(deadline.Token).ConfigureAwait(false);
            deadline.Resume(hasToken: true, isFinished: _unfinished == 0);
        }

        var usage = MeterUsage();
        if (includeUsage)
        {
            sink.WriteEvent(answer.Usage(usage));
        }

        await sink.CompleteStreamAsync(deadline.Token).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<(int Choice, TextDelta Delta)> GenerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        meter.Clock.BeginWait();
        var choices = Interleaved.MergeAsync(
            request.Choices, (choice, token) => model.GenerateAsync(request.ForChoice(choice), request.Stops, token), MostAtOnce, cancellationToken);
        await foreach (var delta in choices.ConfigureAwait(false))
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
        for (var choice = 0; choice < request.Choices; choice++)
        {
            if (answer.First(choice) is { } first)
            {
                sink.WriteEvent(first);
            }
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
