using System.Buffers;
using Gateway.Budgets;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Sse;
using Gateway.Hosting;
using Gateway.Pipeline;

namespace Gateway.Idempotency;

/// <summary>Sends a request the answer of another run: what there is of it, and then what comes.</summary>
/// <param name="cutOff">Cancelled when this gateway stops, and the time that requests under way had is over.</param>
internal sealed class AnswerReplay(IIdempotencyStore store, IdempotencyOptions options, TimeProvider time, CancellationToken cutOff)
{
    /// <summary>How often a running answer is looked at.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <returns>
    /// How the run stood when its answer was first read; null when it is gone, or failed without an answer, and nothing was sent: the request may be
    /// claimed again.
    /// </returns>
    /// <exception cref="GatewayException">There is nothing to be sent.</exception>
    /// <exception cref="AnswerBrokenException">The answer broke off after it had begun.</exception>
    public async Task<RunState?> RunAsync(GatewayRequest request, string record, string run)
    {
        var http = request.Http;

        // The time until the end is the other run's, not the gateway's own.
        request.Clock.BeginWait();
        long heardAt = time.GetTimestamp();
        int parts = 0;
        long sent = 0;
        int? status = null;
        RunState? first = null;
        while (true)
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            if (cutOff.IsCancellationRequested)
            {
                throw status is null ? new GatewayException(GracefulStop.Error) : await BreakAsync(request);
            }

            RunProgress progress;
            try
            {
                progress = await store.ReadAsync(record, run, parts, http.RequestAborted);
                heardAt = time.GetTimestamp();
            }
            catch (StoreUnavailableException exception)
            {
                if (time.GetElapsedTime(heardAt) > options.Lease)
                {
                    throw status is null ? IdempotencyStage.Unavailable(exception) : await BreakAsync(request);
                }

                await Task.Delay(Interval, time, http.RequestAborted);
                continue;
            }

            first ??= progress.State;
            foreach (var part in progress.Parts)
            {
                if (parts++ == 0)
                {
                    var head = AnswerRecord.Read(part) ?? throw NotKept("was written by another version of the gateway");
                    head.ApplyTo(request);
                    status = head.Status;
                }
                else
                {
                    http.Response.BodyWriter.Write(part.Span);
                    sent += part.Length;
                }
            }

            if (progress.Parts is [.., var last])
            {
                await FlushAsync(request);
                if (status < StatusCodes.Status400BadRequest && IsEnd(http.Response, sent, last.Span))
                {
                    // The client has all that it waits for, and may be gone before the run is known to be over. With an error it waits: what it sends next is to run anew.
                    return first;
                }
            }

            if (!progress.IsLast)
            {
                continue;
            }

            switch (progress.State)
            {
                case RunState.Complete:
                    return first;
                case RunState.Failed when status >= StatusCodes.Status400BadRequest:
                    return first;
                case RunState.Oversized when status is null:
                    throw NotKept($"was larger than the {options.MaxAnswerBytes} bytes that are kept");
                case RunState.Failed or RunState.Gone when status is null:
                    return null;
                case RunState.Running:
                    await Task.Delay(Interval, time, http.RequestAborted);
                    break;
                case RunState.Failed:
                    // The run told its own client why, and this one has read that too.
                    throw Broken(request);
                default:
                    throw await BreakAsync(request);
            }
        }
    }

    /// <summary>Whether an answer ends with this part of its body.</summary>
    /// <param name="sent">How many bytes of the body that makes.</param>
    private static bool IsEnd(HttpResponse response, long sent, ReadOnlySpan<byte> part) =>
        response.ContentLength is { } length ? sent == length : part.EndsWith(SseEvent.Done);

    private static async Task FlushAsync(GatewayRequest request)
    {
        if ((await request.Http.Response.BodyWriter.FlushAsync(request.Http.RequestAborted)).IsCompleted)
        {
            request.IsAbandoned = true;
            throw new OperationCanceledException("The client closed its side.");
        }
    }

    private static GatewayException NotKept(string why) => new(
        ErrorCode.CallerIdempotentAnswerNotKept,
        $"This request was answered and charged before, and its answer {why}, so it cannot be sent again. To run it anew, and be charged for it, send another {IdempotencyKey.Header}.",
        IdempotencyKey.Header);

    private static AnswerBrokenException Broken(GatewayRequest request)
    {
        request.Error = new GatewayError(
            ErrorCode.ProviderTruncated,
            $"The answer that this request joined ended before it was complete. Send it again with the same {IdempotencyKey.Header}.");
        return new AnswerBrokenException(request.Error);
    }

    /// <summary>As <see cref="Broken"/>, where the run could tell nobody.</summary>
    private static async Task<AnswerBrokenException> BreakAsync(GatewayRequest request)
    {
        var broken = Broken(request);
        if (request.Body!.Stream)
        {
            request.Http.Response.BodyWriter.Write((byte[])[.. "data: "u8, .. OpenAIErrorBody.ToUtf8(request.Error!), .. "\n\n"u8]);
            await FlushAsync(request);
        }

        return broken;
    }
}
