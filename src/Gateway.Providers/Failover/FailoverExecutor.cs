namespace Gateway.Providers.Failover;

/// <summary>
/// Carries out a plan under the failover policy. Safe for concurrent use. All waiting is done on the injected clock and nothing hops to
/// another thread, so that a rehearsal can run hours of it in a moment.
/// </summary>
public sealed class FailoverExecutor(FailoverServices services)
{
    /// <summary>Tries the plan until the client has an answer or nothing is left to try.</summary>
    /// <param name="request">The request with its plan.</param>
    /// <param name="client">Takes the answer. It is not told of a failure: that is for the caller to do.</param>
    /// <param name="clientGone">Fires when the client goes away: then every call is cancelled.</param>
    public Task<FailoverResult> RunAsync(FailoverRequest request, IClientAnswer client, CancellationToken clientGone) =>
        new FailoverRun(services, request, client, clientGone).RunAsync();
}
