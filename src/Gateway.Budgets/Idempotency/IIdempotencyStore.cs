namespace Gateway.Budgets;

/// <summary>
/// Answers of requests with an idempotency key: at any moment at most one run per record makes one, and all others read it while it comes.
/// Safe for concurrent use; every call may be repeated with the same arguments.
/// </summary>
/// <remarks>All calls throw <see cref="StoreUnavailableException"/> when the store does not answer.</remarks>
public interface IIdempotencyStore
{
    /// <summary>
    /// Makes <paramref name="run"/> the one that answers, unless another does or did. A run that failed, or whose lease is over, is replaced. In
    /// place of one whose lease is over it goes on under the id of that one's request: what that settled before it died is then recognised.
    /// </summary>
    /// <param name="record">Stands for the caller and the idempotency key.</param>
    /// <param name="fingerprint">Stands for what is asked: the same for a retry, another one for another request.</param>
    /// <param name="run">Unique.</param>
    /// <param name="requestId">The id of its request.</param>
    /// <param name="lease">For how long the run answers unless it is heard of again, by the store's clock.</param>
    /// <param name="keep">For how long a run whose lease is over is remembered.</param>
    Task<IdempotencyClaim> ClaimAsync(
        string record, string fingerprint, string run, string requestId, TimeSpan lease, TimeSpan keep, CancellationToken cancellationToken = default);

    /// <summary>Adds to the answer, and renews the lease.</summary>
    /// <param name="position">How many parts were added before.</param>
    /// <param name="part">Empty to renew the lease only.</param>
    Task<RunHold> AppendAsync(string record, string run, int position, ReadOnlyMemory<byte> part, TimeSpan lease, CancellationToken cancellationToken = default);

    /// <summary>Says how the run ended.</summary>
    /// <param name="end">Not <see cref="RunState.Running"/> and not <see cref="RunState.Gone"/>.</param>
    /// <param name="keep">For how long that is remembered.</param>
    /// <returns>False when another run took its place.</returns>
    Task<bool> FinishAsync(string record, string run, RunState end, TimeSpan keep, CancellationToken cancellationToken = default);

    /// <summary>What there is of the run's answer; shows whoever makes it that somebody reads.</summary>
    /// <param name="skip">How many parts the reader has.</param>
    Task<RunProgress> ReadAsync(string record, string run, int skip, CancellationToken cancellationToken = default);
}
