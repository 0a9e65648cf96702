using Gateway.Contracts.OpenAI;
using Microsoft.AspNetCore.Http;

namespace Gateway.Providers.Simulation;

/// <summary>One simulated answer.</summary>
internal sealed class SimulatedRun(AttemptRequest attempt, SimulatedCall call, IAnswerSink sink, AnswerMeter meter, AttemptDeadline deadline, TimeProvider time)
{
    private readonly SimulatedAnswer _answer = new(attempt, time.GetUtcNow());

    /// <summary>What the client has already of the answer.</summary>
    private readonly int _said = attempt.Continuation is { } continuation ? SimulatedText.Count(continuation.Text) : 0;

    private CompletionUsage Usage => new(call.PromptTokens + Reported(_said), Reported(call.Tokens - _said));

    private long Reported(int tokens) => call.ReportedTokens is { } reported ? (long)reported * tokens / call.Tokens : tokens;

    public async Task SendWholeAsync()
    {
        await WaitAsync(call.FirstToken + (call.BetweenTokens * (call.Tokens - 1))).ConfigureAwait(false);
        var body = _answer.Whole(call.Tokens, Usage);
        meter.Observe(AnswerReader.Read(body));
        await sink.SendAsync(new AnswerHead(StatusCodes.Status200OK, AnswerHead.Json, []), body, deadline.Token).ConfigureAwait(false);
    }

    public async Task StreamAsync()
    {
        await WaitAsync(call.FirstToken).ConfigureAwait(false);
        sink.StartStream(new AnswerHead(StatusCodes.Status200OK, AnswerHead.EventStream, []));

        // A continuation's client has had the opening from the attempt that broke off.
        if (attempt.Continuation is null && _answer.First() is { } first)
        {
            await WriteAsync(first).ConfigureAwait(false);
        }

        for (var token = _said; token < call.Tokens; token++)
        {
            if (token > _said)
            {
                await WaitAsync(call.BetweenTokens).ConfigureAwait(false);
            }

            await WriteAsync(_answer.Delta(SimulatedText.Token(token))).ConfigureAwait(false);
        }

        await WriteAsync(_answer.Last()).ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>Usage is always reported, and passed on to who asked for it.</summary>
    private async ValueTask EndAsync()
    {
        var usage = _answer.Usage(Usage);
        if (attempt.Request.IncludeUsage)
        {
            await WriteAsync(usage).ConfigureAwait(false);
        }
        else
        {
            meter.Observe(AnswerReader.Read(usage));
        }

        await sink.CompleteStreamAsync(deadline.Token).ConfigureAwait(false);
    }

    private async ValueTask WriteAsync(byte[] json)
    {
        var hasToken = Observe(json);
        sink.WriteEvent((byte[])[.. "data: "u8, .. json, .. "\n\n"u8]);
        deadline.Pause();
        await sink.FlushAsync(deadline.Token).ConfigureAwait(false);
        deadline.Resume(hasToken, meter.IsFinished);
    }

    private bool Observe(byte[] json)
    {
        var facts = AnswerReader.Read(json);
        meter.Observe(facts);
        meter.Transcript?.Append(json);
        return facts.HasToken;
    }

    private async ValueTask WaitAsync(TimeSpan duration)
    {
        meter.Clock.BeginWait();
        await InlineDelay.WaitAsync(duration, time, deadline.Token).ConfigureAwait(false);
        meter.Clock.EndWait();
    }
}
