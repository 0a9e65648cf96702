using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// One request to a provider and its answer. YARP's forwarder works on an <see cref="HttpContext"/>; giving each attempt a context
/// of its own keeps the client's connection untouched until an answer deserves it, so that a failed attempt leaves no trace.
/// The exchange also keeps the time.
/// </summary>
internal sealed class UpstreamExchange : IHttpResponseFeature, IHttpResponseBodyFeature, IDisposable
{
    private readonly AttemptRequest _attempt;
    private readonly UpstreamEndpoint _endpoint;
    private readonly ReadOnlyMemory<byte> _requestBody;
    private readonly UpstreamAnswerBody _answer;
    private readonly WaitClock _clock;
    private readonly AttemptDeadline _deadline;

    public UpstreamExchange(
        AttemptRequest attempt, UpstreamEndpoint endpoint, IAnswerSink sink, AnswerMeter meter, TimeProvider time, CancellationToken calledOff)
    {
        _attempt = attempt;
        _endpoint = endpoint;
        _clock = meter.Clock;
        _requestBody = OutgoingBody.For(attempt, endpoint.AsksForStreamUsage);
        _deadline = new AttemptDeadline(attempt, time, calledOff);
        _answer = new UpstreamAnswerBody(this, attempt, endpoint, sink, meter);

        var request = new HttpRequestFeature { Method = HttpMethods.Post, Protocol = HttpProtocol.Http11, Body = new ReadOnlyMemoryStream(_requestBody) };
        Context = new DefaultHttpContext(new UpstreamFeatures(this, request));
        Context.Request.ContentLength = _requestBody.Length;
    }

    public HttpContext Context { get; }

    /// <summary>Fires when a time limit is over or the attempt is called off.</summary>
    public CancellationToken Token => _deadline.Token;

    /// <summary>The head of the provider's answer; null before it came.</summary>
    public AnswerHead? Head { get; private set; }

    public UpstreamAnswerBody Answer => _answer;

    /// <summary>Whether an answer was asked for, and came, as an event stream.</summary>
    public bool IsStream { get; private set; }

    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    public bool HasStarted => Head is not null;

    Stream IHttpResponseFeature.Body
    {
        get => _answer;
        set => throw new NotSupportedException();
    }

    Stream IHttpResponseBodyFeature.Stream => _answer;

    PipeWriter IHttpResponseBodyFeature.Writer => throw new NotSupportedException();

    public static UpstreamExchange Of(HttpContext context) => context.Features.GetRequiredFeature<UpstreamExchange>();

    /// <summary>Fills in the request that goes out.</summary>
    public void WriteHead(HttpRequestMessage request)
    {
        request.RequestUri = _endpoint.For(_attempt.Request.Endpoint);
        HeaderRules.CopyUpstream(_attempt.ClientHeaders, request.Headers);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        _endpoint.Apply(request.Headers);
        request.Content!.Headers.TryAddWithoutValidation("Content-Type", AnswerHead.Json);
        request.Content.Headers.ContentLength = _requestBody.Length;
        _clock.BeginWait();
    }

    /// <summary>Takes over the head of the answer; from here on, silence is what is timed.</summary>
    public void ReadHead(HttpResponseMessage response)
    {
        var contentType = HeaderRules.ContentType(response);
        Head = new AnswerHead((int)response.StatusCode, contentType, HeaderRules.ToClient(response));
        IsStream = response.IsSuccessStatusCode && contentType.StartsWith(AnswerHead.EventStream, StringComparison.OrdinalIgnoreCase);
        if (!IsStream && _attempt.Request.Stream)
        {
            _deadline.AwaitWhole();
        }
    }

    /// <summary>Stops the clock while the client, not the provider, is the one who is slow.</summary>
    public void Pause()
    {
        _deadline.Pause();
        _clock.EndWait();
    }

    /// <summary>Waits for the provider again.</summary>
    public void Resume(bool hasToken, bool isFinished)
    {
        _deadline.Resume(hasToken, isFinished);
        _clock.BeginWait();
    }

    /// <summary>The failure of an exchange whose time ran out.</summary>
    public AttemptFailure TimeRanOut() => _deadline.TimeRanOut();

    public void Dispose()
    {
        _deadline.Dispose();
        _answer.Dispose();
    }

    void IHttpResponseFeature.OnStarting(Func<object, Task> callback, object state)
    {
    }

    void IHttpResponseFeature.OnCompleted(Func<object, Task> callback, object state)
    {
    }

    void IHttpResponseBodyFeature.DisableBuffering()
    {
    }

    Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    Task IHttpResponseBodyFeature.CompleteAsync() => Task.CompletedTask;
}
