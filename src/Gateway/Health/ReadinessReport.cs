using System.Text.Json.Serialization;

namespace Gateway.Health;

/// <summary>The body of <c>GET /health/ready</c>.</summary>
/// <param name="Status"><c>ready</c>, <c>not_ready</c> or <c>stopping</c>.</param>
/// <param name="Engine">The engine in this process; null when no provider uses it.</param>
/// <param name="Redis">Null when none is configured.</param>
/// <param name="Budgets">Null when nothing is counted.</param>
/// <param name="Ledger">Null when nothing is settled that could be written to it.</param>
public sealed record ReadinessReport(
    string Status, PolicyReport Policies, EngineReport? Engine, RedisReport? Redis, BudgetsReport? Budgets, LedgerReport? Ledger)
{
    [JsonIgnore]
    public bool IsReady => Status == "ready";
}

/// <param name="Version">How many snapshots this process has used, this one included.</param>
/// <param name="ContentHash">SHA-256 of the files; equal on replicas that use the same policies.</param>
/// <param name="UpToDate">False while an edit was refused and the snapshot before it is still in use.</param>
/// <param name="Errors">Why the newest edit was refused.</param>
/// <param name="Warnings">What works but is worth a look.</param>
public sealed record PolicyReport(
    long Version, string ContentHash, DateTimeOffset LoadedAt, bool UpToDate, IReadOnlyList<string> Errors, IReadOnlyList<string> Warnings);

/// <param name="State"><c>loading</c>, <c>ready</c> or <c>failed</c>.</param>
/// <param name="Model">The name of the model's folder.</param>
/// <param name="Problem">Why it failed.</param>
public sealed record EngineReport(string State, string? Model, string? Problem);

/// <param name="State"><c>up</c> or <c>down</c>, by the last call. Down does not make the gateway unready.</param>
/// <param name="Problem">Why the last call failed.</param>
public sealed record RedisReport(string State, string? Problem);

/// <param name="State">
/// <c>up</c> or <c>down</c>, by the last call of the store of counters and ledger. Down does not make the gateway unready: the policy says what becomes
/// of limits, and requests under none are served.
/// </param>
/// <param name="PendingSettlements">Requests that ran and wait until the store answers.</param>
/// <param name="Problem">Why the last call failed.</param>
public sealed record BudgetsReport(string State, int PendingSettlements, string? Problem);

/// <param name="State"><c>writing</c>, or <c>waiting</c> after a failure, by the last attempt. Waiting does not make the gateway unready.</param>
/// <param name="Problem">Why the last attempt failed.</param>
/// <param name="Backlog">How many settled requests are not in it yet.</param>
/// <param name="LagSeconds">For how long the oldest of them has been waiting.</param>
public sealed record LedgerReport(string State, string? Problem, long? Backlog, double? LagSeconds);
