using Gateway.Pipeline;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Idempotency;

/// <summary>Puts an <see cref="IdempotentRun"/> between a request and its connection, and takes it away at the end.</summary>
internal sealed class IdempotentExchange : IDisposable
{
    private readonly HttpContext _http;
    private readonly IdempotentRun _run;
    private readonly IHttpResponseBodyFeature _body;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly DetachableLifetime _detachable;

    /// <param name="cutOff">Cancelled when the gateway stops, and the time that requests under way had is over.</param>
    public IdempotentExchange(GatewayRequest request, IdempotentRun run, CancellationToken cutOff)
    {
        (_http, _run) = (request.Http, run);
        _body = _http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _lifetime = _http.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        _detachable = new DetachableLifetime(_lifetime, run, cutOff);
        _http.Features.Set<IHttpResponseBodyFeature>(new CapturedBody(request, _body, run));
        _http.Features.Set<IHttpRequestLifetimeFeature>(_detachable);
        run.Start();
    }

    public Task EndAsync(bool isAnswered) => _run.EndAsync(isAnswered);

    public void Dispose()
    {
        _http.Features.Set(_body);
        _http.Features.Set(_lifetime);
        _detachable.Dispose();
    }
}
