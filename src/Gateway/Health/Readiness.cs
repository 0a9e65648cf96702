using Gateway.Budgets;
using Gateway.Hosting;
using Gateway.Ledgers;
using Gateway.Policies;
using Gateway.Providers.Local;
using Gateway.Redis;

namespace Gateway.Health;

/// <summary>
/// Whether this process can do its work. It is not ready while the engine loads, or when it failed to, as long as a provider uses it. An
/// edit of the policies that was refused is shown but does not count: the snapshot before it serves. Nor does Redis when it is down: the
/// replica then routes by its own observations. Nor does the SQL ledger: what is settled waits for it.
/// </summary>
/// <param name="stop">A process that was asked to stop is not ready, and serves all the same.</param>
/// <param name="redis">Null when none is configured.</param>
/// <param name="budgets">Null when nothing is counted.</param>
public sealed class Readiness(
    PolicyStore policies, LocalEngine engine, LedgerState ledger, GracefulStop stop, RedisLink? redis = null, BudgetGuard? budgets = null)
{
    public ReadinessReport Report()
    {
        var snapshot = policies.Current;
        var status = policies.Status;
        var needsEngine = snapshot.Providers.Any(provider => provider.Dialect == ProviderDialect.Local);
        var (state, model, problem) = engine.Status;
        return new ReadinessReport(
            stop.IsStopping ? "stopping" : !needsEngine || state == LocalEngineState.Ready ? "ready" : "not_ready",
            new PolicyReport(
                snapshot.Version,
                snapshot.ContentHash,
                snapshot.LoadedAt,
                status.IsUpToDate,
                [.. status.Errors.Select(error => error.ToString())],
                [.. status.Warnings.Select(warning => warning.ToString())]),
            needsEngine ? new EngineReport(state.ToString().ToLowerInvariant(), model, problem) : null,
            redis?.Status is { } link ? new RedisReport(link.IsUp ? "up" : "down", link.Problem) : null,
            budgets is null ? null : new BudgetsReport(budgets.Problem is null ? "up" : "down", budgets.Pending, budgets.Problem),
            ledger.Status is { } way
                ? new LedgerReport(way.IsWriting ? "writing" : "waiting", way.Problem, ledger.Backlog?.Records, ledger.Backlog?.Age.TotalSeconds)
                : null);
    }
}
