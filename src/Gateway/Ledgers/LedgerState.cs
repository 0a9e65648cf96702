using Gateway.Budgets.Sql;

namespace Gateway.Ledgers;

/// <summary>How the ledger's way into SQL stands, for health and metrics. Safe for concurrent use.</summary>
public sealed class LedgerState
{
    private volatile LedgerStatus? _status;
    private volatile LedgerBacklog? _backlog;

    /// <summary>How the last attempt went; null when there is nothing to write from.</summary>
    public LedgerStatus? Status
    {
        get => _status;
        internal set => _status = value;
    }

    /// <summary>What waits to be written; null when that is not known.</summary>
    public LedgerBacklog? Backlog
    {
        get => _backlog;
        internal set => _backlog = value;
    }
}
