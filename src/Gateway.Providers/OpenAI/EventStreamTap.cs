using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Contracts.Sse;
using Gateway.Policies;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// Forwards a provider's event stream event by event, each with its bytes as they came, and reads along. Usage that only the
/// gateway asked for is taken out again. A stream that ends before its last choice did is a failure, never an answer.
/// </summary>
internal sealed class EventStreamTap(AttemptRequest attempt, AnswerHead head, UpstreamEndpoint endpoint, IAnswerSink sink, AnswerMeter meter) : IDisposable
{
    /// <summary>The largest single event, in bytes: room for an image in one event.</summary>
    private const int MaxEventBytes = 16 * 1024 * 1024;

    private readonly bool _hidesUsage = attempt.Request is { Stream: true, IncludeUsage: false };
    private readonly SseFramer _framer = new(MaxEventBytes);
    private bool _isDone;

    /// <summary>What went wrong inside the stream; null while all is well.</summary>
    public AttemptFailure? Failure { get; private set; }

    /// <summary>Whether the whole answer has gone to the client, end mark included.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>Takes bytes from the provider, as the network cut them.</summary>
    /// <exception cref="EventStreamBrokenException">The stream is of no further use; <see cref="Failure"/> says why.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_isDone)
        {
            return;
        }

        var hasWritten = ForwardEvents(bytes.Span);
        if (hasWritten && !_isDone)
        {
            await sink.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_isDone)
        {
            await CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (Failure is not null)
        {
            throw new EventStreamBrokenException();
        }
    }

    /// <summary>
    /// Called when the provider sends no more: forwards what stood behind the last blank line. A stream in which every choice finished is
    /// complete even without an end mark.
    /// </summary>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (_isDone || Failure is not null)
        {
            return;
        }

        ForwardLast();
        if (Failure is null && (_isDone || meter.IsFinished))
        {
            await CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Failure ??= new AttemptFailure(
                new GatewayError(ErrorCode.ProviderTruncated, "The provider's stream ended before the answer was complete."), FailureKind.Truncated);
        }
    }

    public void Dispose() => _framer.Dispose();

    private async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        Start();
        await sink.CompleteStreamAsync(cancellationToken).ConfigureAwait(false);
        IsCompleted = true;
    }

    private bool ForwardEvents(ReadOnlySpan<byte> bytes)
    {
        var hasWritten = false;
        try
        {
            _framer.Append(bytes);
            while (!_isDone && Failure is null && _framer.TryRead(out var next))
            {
                hasWritten |= Forward(next);
            }
        }
        catch (InvalidDataException exception)
        {
            Fail(exception.Message);
        }

        return hasWritten;
    }

    private void ForwardLast()
    {
        if (!_framer.TryReadLast(out var last) || last.Data.IsEmpty)
        {
            return;
        }

        var facts = AnswerReader.Read(last.Data);
        if (facts.IsObject || last.IsDone)
        {
            // The missing blank line is made good, or the client would wait for it.
            Forward(new SseEvent { Raw = (byte[])[.. "data: "u8, .. OnOneLine(last.Data), .. "\n\n"u8], Data = last.Data });
        }
    }

    /// <summary>Sends one event on; false when there is nothing for the client in it.</summary>
    private bool Forward(in SseEvent next)
    {
        if (next.Data.IsEmpty)
        {
            // The comments of a gateway behind this one speak of its own costs, as its headers do.
            if (next.Raw.StartsWith(": x-gateway-"u8))
            {
                return false;
            }

            Start();
            sink.WriteEvent(next.Raw);
            return true;
        }

        if (next.IsDone)
        {
            _isDone = true;
            return false;
        }

        var facts = AnswerReader.Read(next.Data);
        if (!facts.IsObject)
        {
            Fail("The provider sent an event that is not a JSON object.");
            return false;
        }

        if (facts.IsError)
        {
            FailAsTold(next);
            return false;
        }

        meter.Observe(facts);
        meter.Transcript?.Append(next.Data);
        return ForwardAnswer(next, facts);
    }

    private bool ForwardAnswer(in SseEvent next, in AnswerFacts facts)
    {
        if (_hidesUsage && facts is { HasChoices: false, Usage: not null })
        {
            return false;
        }

        // The client has had the beginning of this answer, with its role, from another attempt.
        if (attempt.Continuation is not null && facts is { HasChoices: true, HasToken: false, Finished: 0 })
        {
            return false;
        }

        Start();
        if ((_hidesUsage && facts.HasUsageMember) || attempt.Continuation?.AnswerId is not null)
        {
            WriteData(Rewrite(next.Data, facts), next);
        }
        else
        {
            sink.WriteEvent(next.Raw);
        }

        return true;
    }

    /// <summary>Takes out usage that the client did not ask for, and puts in the id that it knows the answer by.</summary>
    private ReadOnlySpan<byte> Rewrite(ReadOnlySpan<byte> data, in AnswerFacts facts)
    {
        if (attempt.Continuation?.AnswerId is not { } id)
        {
            return AnswerReader.WithoutUsage(data, facts);
        }

        var identified = AnswerReader.WithId(data, facts, id);
        return _hidesUsage && facts.HasUsageMember ? AnswerReader.WithoutUsage(identified, AnswerReader.Read(identified)) : identified;
    }

    /// <summary>An error inside the stream is not passed on from here: another candidate may yet save the answer.</summary>
    private void FailAsTold(in SseEvent next)
    {
        var error = endpoint.Redact(OnOneLine(next.Data));
        Failure = new AttemptFailure(
            new GatewayError(ErrorCode.ProviderError, "The provider reported an error inside its stream."), FailureKinds.OfStreamError(error))
        {
            Answer = new ProviderAnswer(new AnswerHead(ErrorCode.ProviderError.Status, AnswerHead.Json, []), error),
        };
    }

    private void WriteData(ReadOnlySpan<byte> data, in SseEvent original)
    {
        if (original.Raw.Overlaps(original.Data, out var offset))
        {
            var end = offset + original.Data.Length;
            sink.WriteEvent((byte[])[.. original.Raw[..offset], .. data, .. original.Raw[end..]]);
        }
        else
        {
            sink.WriteEvent((byte[])[.. "data: "u8, .. OnOneLine(data), .. "\n\n"u8]);
        }
    }

    /// <summary>Line feeds between the lines of a value can only be white space between JSON tokens.</summary>
    private static byte[] OnOneLine(ReadOnlySpan<byte> json)
    {
        var line = json.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        return line;
    }

    private void Start()
    {
        if (!sink.HasStarted)
        {
            sink.StartStream(head);
        }
    }

    private void Fail(string message) =>
        Failure = new AttemptFailure(new GatewayError(ErrorCode.ProviderInvalidResponse, message), FailureKind.InvalidResponse);
}
