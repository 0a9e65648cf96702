using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Idempotency;

/// <summary>
/// The lifetime of a request that outlasts its client: it ends when an <see cref="IdempotentRun"/> is wanted by nobody, or, once the client has
/// gone, when the gateway stops.
/// </summary>
internal sealed class DetachableLifetime : IHttpRequestLifetimeFeature, IDisposable
{
    private readonly IHttpRequestLifetimeFeature _client;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _gone;
    private readonly CancellationTokenRegistration _stopping;

    public DetachableLifetime(IHttpRequestLifetimeFeature client, IdempotentRun run, CancellationToken stopping)
    {
        _client = client;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(run.Unwanted);
        RequestAborted = _ended.Token;
        _stopping = stopping.Register(() => GiveUpIf(run.IsDetached));
        _gone = client.RequestAborted.Register(() =>
        {
            run.Detach();
            GiveUpIf(stopping.IsCancellationRequested);
        });

        void GiveUpIf(bool isSo)
        {
            if (isSo)
            {
                run.GiveUp();
            }
        }
    }

    public CancellationToken RequestAborted { get; set; }

    public void Abort()
    {
        _ended.Cancel();
        _client.Abort();
    }

    public void Dispose()
    {
        _gone.Dispose();
        _stopping.Dispose();
        _ended.Dispose();
    }
}
