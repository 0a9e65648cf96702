using Gateway.Budgets.Sql;

namespace Gateway.Benchmarks.Ledger;

/// <summary>A source that adds up the processor time which this process takes while records are taken and confirmed.</summary>
internal sealed class MeteredSource(ILedgerSource source) : ILedgerSource
{
    public TimeSpan Taking { get; private set; }

    public TimeSpan Confirming { get; private set; }

    public LedgerBacklog? Backlog => source.Backlog;

    public async Task<IReadOnlyList<IncomingRecord>> TakeAsync(LedgerDatabase ledger, int count, CancellationToken cancellationToken = default)
    {
        var before = Environment.CpuUsage.TotalTime;
        var records = await source.TakeAsync(ledger, count, cancellationToken);
        Taking += Environment.CpuUsage.TotalTime - before;
        return records;
    }

    public async Task ConfirmAsync(IReadOnlyList<IncomingRecord> records, CancellationToken cancellationToken = default)
    {
        var before = Environment.CpuUsage.TotalTime;
        await source.ConfirmAsync(records, cancellationToken);
        Confirming += Environment.CpuUsage.TotalTime - before;
    }
}
