using System.Buffers;
using System.Globalization;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Sse;
using Gateway.Policies;
using Gateway.Providers;
using Gateway.Spending;
using Microsoft.Net.Http.Headers;

namespace Gateway.Pipeline;

/// <summary>The way back to the client: adds the gateway's headers, sends each event as it comes, and never lets a broken answer look whole.</summary>
/// <param name="request">The request that is answered.</param>
/// <param name="settler">Settles it before the client has the end of its answer.</param>
/// <param name="over">Cancelled by the answer when it finds the client gone.</param>
public sealed class ClientAnswer(GatewayRequest request, RequestSettler settler, CancellationTokenSource over) : IClientAnswer
{
    private readonly HttpResponse _response = request.Http.Response;

    public bool HasStarted { get; private set; }

    public void Claim(ModelCard model, AnswerMeter meter, int attempts) => (request.Model, request.Meter, request.Attempts) = (model, meter, attempts);

    public async ValueTask SendAsync(AnswerHead head, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        await settler.SettleAnsweredAsync(request);
        WriteHead(head);
        _response.ContentLength = body.Length;
        _response.BodyWriter.Write(body.Span);
        await FlushAsync(cancellationToken);
    }

    public void StartStream(AnswerHead head)
    {
        WriteHead(head);
        _response.Headers.CacheControl = "no-cache";

        // Reverse proxies in front of the gateway would otherwise gather events before they pass them on.
        _response.Headers["X-Accel-Buffering"] = "no";
    }

    public void WriteEvent(ReadOnlySpan<byte> rawEvent) => _response.BodyWriter.Write(rawEvent);

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        request.Clock.BeginWait();
        var result = await _response.BodyWriter.FlushAsync(cancellationToken);
        request.Clock.EndWait();
        if (result.IsCompleted)
        {
            // The client has closed its side, and the server's own token may be yet to say so.
            request.IsAbandoned = true;
            await over.CancelAsync();
            throw new OperationCanceledException(over.Token);
        }

        request.Meter!.MarkSent();
    }

    /// <summary>The cost is only known now, too late for a header: it goes into last comments, which clients pass over.</summary>
    public async ValueTask CompleteStreamAsync(CancellationToken cancellationToken)
    {
        await settler.SettleAnsweredAsync(request);
        WriteSpendingComments();
        WriteEvent(SseEvent.Done);
        await FlushAsync(cancellationToken);
        await _response.CompleteAsync();
    }

    /// <summary>Tells the client that there is no answer, or that the one which had begun will not be completed.</summary>
    /// <param name="error">The gateway's view of it.</param>
    /// <param name="told">The provider's own error answer, which is passed on in its place; null when there is none.</param>
    /// <exception cref="AnswerBrokenException">The answer had begun: the connection must end without the mark of a complete body.</exception>
    public async Task FailAsync(GatewayError error, ProviderAnswer? told)
    {
        if (!HasStarted)
        {
            await SendFailureAsync(error, told);
            return;
        }

        WriteSpendingComments();
        WriteEvent((byte[])[.. "data: "u8, .. (told?.Body ?? OpenAIErrorBody.ToUtf8(error)).Span, .. "\n\n"u8]);
        await FlushAsync(request.Http.RequestAborted);
        throw new AnswerBrokenException(error);
    }

    private async Task SendFailureAsync(GatewayError error, ProviderAnswer? told)
    {
        if (told is not null)
        {
            await SendAsync(told.Head, told.Body, request.Http.RequestAborted);
            return;
        }

        WriteGatewayHeaders();
        await ErrorAnswer.WriteAsync(request.Http, error);
    }

    private void WriteHead(AnswerHead head)
    {
        HasStarted = true;
        _response.StatusCode = head.Status;
        foreach (var (name, values) in head.Headers)
        {
            _response.Headers.Append(name, values);
        }

        _response.Headers[HeaderNames.ContentType] = head.ContentType;
        WriteGatewayHeaders();
    }

    private void WriteGatewayHeaders()
    {
        var headers = _response.Headers;
        headers[GatewayHeaders.Route] = request.Plan!.Route;
        headers[GatewayHeaders.Model] = request.Model!.Name;
        headers[GatewayHeaders.Provider] = request.Model.Provider;
        headers[GatewayHeaders.Attempts] = request.Attempts.ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in SpendingReport.Of(request))
        {
            headers[name] = value;
        }
    }

    private void WriteSpendingComments()
    {
        foreach (var (name, value) in SpendingReport.Of(request))
        {
            WriteEvent(Encoding.ASCII.GetBytes($": {name} {value}\n\n"));
        }
    }
}
