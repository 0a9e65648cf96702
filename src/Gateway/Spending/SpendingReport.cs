using Gateway.Budgets;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Spending;

/// <summary>What the client is told of its spending.</summary>
internal static class SpendingReport
{
    /// <summary>As far as it is known at this moment: what the request cost, once it is settled, and what its limits leave.</summary>
    public static IEnumerable<(string Name, string Value)> Of(GatewayRequest request)
    {
        if (request.Spending is not { } spending)
        {
            yield break;
        }

        if (spending.Bill is { IsCostKnown: true } bill)
        {
            yield return (GatewayHeaders.Cost, Money.Text(bill.Cost));
            if (bill.Basis != CostBasis.Reported)
            {
                yield return (GatewayHeaders.CostBasis, BasisName(bill.Basis));
            }
        }

        if (Remaining(spending) is { } remaining)
        {
            yield return (GatewayHeaders.BudgetRemaining, Money.Text(remaining));
        }
    }

    private static string BasisName(CostBasis basis) => basis.ToString().ToLowerInvariant();

    /// <summary>Of the limits in dollars what the one that leaves least leaves, in nano-dollars; null without one, or while the store does not say.</summary>
    private static long? Remaining(RequestSpending spending)
    {
        long? least = null;
        foreach (var use in spending.Uses ?? spending.Hold?.Uses ?? [])
        {
            // A workflow of which no ceiling is given has nothing that could be left.
            if (use.Applied.Limit is { Measure: BudgetMeasure.Cost } limit && (limit.IsHard || limit.Name != WorkflowLimit.Name))
            {
                var left = Math.Max(0, limit.Amount - use.Spent - use.Held);
                least = least is { } known ? Math.Min(known, left) : left;
            }
        }

        return least;
    }
}
