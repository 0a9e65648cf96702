namespace Gateway.Budgets;

/// <summary>
/// Notices on their way: each is taken in once, and handed out until somebody says that it has arrived. Safe for concurrent use, also by
/// several gateways.
/// </summary>
/// <remarks>All calls throw <see cref="StoreUnavailableException"/> when the store does not answer.</remarks>
public interface INoticeOutbox
{
    /// <summary>Takes a notice in.</summary>
    /// <param name="remember">Until when its id is known; at least a minute from now.</param>
    /// <returns>False when its id is known already.</returns>
    Task<bool> AddAsync(Notice notice, DateTimeOffset remember, CancellationToken cancellationToken = default);

    /// <summary>Hands out notices that are due. Nobody else is given one for the length of the lease.</summary>
    Task<IReadOnlyList<DueNotice>> ClaimAsync(TimeSpan lease, int count, CancellationToken cancellationToken = default);

    /// <summary>How many have not arrived, and are not given up.</summary>
    Task<long> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>It has arrived, or never will: it is not handed out any more.</summary>
    Task RemoveAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>It did not arrive: it is due again after a while.</summary>
    Task DelayAsync(string id, TimeSpan wait, CancellationToken cancellationToken = default);
}
