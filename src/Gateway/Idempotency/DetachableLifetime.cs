using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Idempotency;

/// <summary>
/// The lifetime of a request that outlasts its client: it ends when an <see cref="IdempotentRun"/> is wanted by nobody, or, once the client has
/// gone, when the time that requests have at a stop of the gateway is over.
/// </summary>
internal sealed class DetachableLifetime : IHttpRequestLifetimeFeature, IDisposable
{
    private readonly IHttpRequestLifetimeFeature _client;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _gone;
    private readonly CancellationTokenRegistration _cutOff;

    public DetachableLifetime(IHttpRequestLifetimeFeature client, IdempotentRun run, CancellationToken cutOff)
    {
        _client = client;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(run.Unwanted);
        RequestAborted = _ended.Token;
        _cutOff = cutOff.Register(() => GiveUpIf(run.IsDetached));
        _gone = client.RequestAborted.Register(() =>
        {
            run.Detach();
            GiveUpIf(cutOff.IsCancellationRequested);
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
        _cutOff.Dispose();
        _ended.Dispose();
    }
}
