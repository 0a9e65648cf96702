using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>The limit that a request itself puts on the workflow that it is part of: dollars over all its calls, by whichever gateway.</summary>
internal static class WorkflowLimit
{
    /// <summary>No limit of a policy can have this name.</summary>
    public const string Name = ":workflow";

    /// <summary>For how long a workflow is remembered after the last call that cost something.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private const string Window = "workflow";

    /// <summary>Null when the request is part of none. Without an amount it is only counted.</summary>
    /// <param name="caller">Whose workflow it is: another key's of the same id is another one.</param>
    public static (AppliedLimit Limit, BudgetWindow Window)? Of(SpendingTerms terms, BudgetCaller caller, DateTimeOffset now)
    {
        if (terms.Workflow is not { } id)
        {
            return null;
        }

        var limit = new BudgetLimit
        {
            Name = Name,
            ScopeKind = BudgetScopeKind.Tag,
            Measure = BudgetMeasure.Cost,
            Amount = terms.WorkflowMaxCost ?? BudgetLimit.MaxAmount,
            Period = BudgetPeriod.Lifetime,
            IsHard = terms.WorkflowMaxCost is not null,
            Thresholds = [],
            OnStoreDown = terms.WorkflowMaxCost is null ? StoreDownAction.Grace : StoreDownAction.Deny,
            GraceAmount = terms.WorkflowMaxCost is null ? BudgetLimit.MaxAmount : 0,
        };
        return (new AppliedLimit(limit, $"{caller.Key}/{id}"), new BudgetWindow(Window, now, now + Lifetime));
    }
}
