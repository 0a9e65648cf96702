using Gateway.Budgets;

namespace Gateway.IntegrationTests.Idempotency;

/// <summary>A store that hears of the end of runs late.</summary>
/// <param name="until">When it hears of it.</param>
internal sealed class SlowToFinish(IIdempotencyStore inner, Task until) : IIdempotencyStore
{
    public Task<IdempotencyClaim> ClaimAsync(
        string record, string fingerprint, string run, string requestId, TimeSpan lease, TimeSpan keep, CancellationToken cancellationToken = default) =>
        inner.ClaimAsync(record, fingerprint, run, requestId, lease, keep, cancellationToken);

    public Task<RunHold> AppendAsync(
        string record, string run, int position, ReadOnlyMemory<byte> part, TimeSpan lease, CancellationToken cancellationToken = default) =>
        inner.AppendAsync(record, run, position, part, lease, cancellationToken);

    public async Task<bool> FinishAsync(string record, string run, RunState end, TimeSpan keep, CancellationToken cancellationToken = default)
    {
        await until;
        return await inner.FinishAsync(record, run, end, keep, cancellationToken);
    }

    public Task<RunProgress> ReadAsync(string record, string run, int skip, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(record, run, skip, cancellationToken);
}
