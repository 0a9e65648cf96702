using Gateway.Budgets;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>Whom a request is counted for.</summary>
internal static class SpendingScopes
{
    /// <summary>What keeps the counters of a request together.</summary>
    public static string Partition(GatewayRequest request) => request.Key?.Organization ?? BudgetCaller.DefaultOrganization;

    public static BudgetCaller Caller(GatewayRequest request) => new()
    {
        Organization = Partition(request),
        Team = request.Key?.Team,
        Project = request.Key?.Project,
        Key = request.Key?.Id,
        User = request.Key?.User,
        Tags = request.Terms.Tags,
    };

    /// <summary>As the key says it: what it does not say is null in the ledger.</summary>
    public static LedgerScopes Ledger(GatewayRequest request) => new()
    {
        Organization = request.Key?.Organization,
        Team = request.Key?.Team,
        Project = request.Key?.Project,
        Key = request.Key?.Id,
        User = request.Key?.User,
        Tags = request.Terms.Tags,
    };
}
