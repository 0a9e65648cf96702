using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// One request to a provider and its answer. YARP's forwarder works on an <see cref="HttpContext"/>; giving each attempt a context
/// of its own keeps the client's connection untouched until an answer deserves it, so that a failed attempt leaves no trace.
/// The exchange also keeps the time: how long until the headers, and how long a silence in the body may last.
/// </summary>
internal sealed class UpstreamExchange : IHttpResponseFeature, IHttpResponseBodyFeature, IDisposable
{
    private readonly AttemptRequest _attempt;
    private readonly UpstreamEndpoint _endpoint;
    private readonly ReadOnlyMemory<byte> _requestBody;
    private readonly UpstreamAnswerBody _answer;
    private readonly WaitClock _clock;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenRegistration _clientGone;

    public UpstreamExchange(
        AttemptRequest attempt, UpstreamEndpoint endpoint, IAnswerSink sink, AnswerMeter meter, TimeProvider time, CancellationToken clientAborted)
    {
        _attempt = attempt;
        _endpoint = endpoint;
        _clock = meter.Clock;
        _requestBody = attempt.Request.ForProvider(attempt.Model.UpstreamModel, forceUsage: endpoint.AsksForStreamUsage);
        _deadline = new CancellationTokenSource(endpoint.Timeouts.Response, time);
        _clientGone = clientAborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _deadline);
        _answer = new UpstreamAnswerBody(this, endpoint, sink, meter, hideUsage: attempt.Request is { Stream: true, IncludeUsage: false });

        var features = new FeatureCollection(initialCapacity: 8);
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Method = HttpMethods.Post, Protocol = HttpProtocol.Http11, Body = new ReadOnlyMemoryStream(_requestBody) });
        features.Set<IHttpResponseFeature>(this);
        features.Set<IHttpResponseBodyFeature>(this);
        features.Set(this);
        Context = new DefaultHttpContext(features);
        Context.Request.ContentLength = _requestBody.Length;
    }

    public HttpContext Context { get; }

    /// <summary>Fires when a time limit is over or the client went away.</summary>
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
        AwaitMore();
    }

    /// <summary>Starts the clock of the next silence. After the last choice has finished, only the end mark and the usage are outstanding.</summary>
    public void AwaitMore(bool isFinished = false)
    {
        var limit = isFinished && _endpoint.Timeouts.Idle > UpstreamAnswerBody.EpilogueLimit ? UpstreamAnswerBody.EpilogueLimit : _endpoint.Timeouts.Idle;
        _deadline.CancelAfter(limit);
        _clock.BeginWait();
    }

    /// <summary>Stops the clock while the client, not the provider, is the one who is slow.</summary>
    public void StopClock()
    {
        _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        _clock.EndWait();
    }

    public void Dispose()
    {
        _clientGone.Dispose();
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
