namespace Gateway.Spending;

/// <summary>The answer of <c>GET /admin/budgets</c>.</summary>
/// <param name="Budgets">In the order of budgets.yaml.</param>
internal sealed record BudgetList(IReadOnlyList<BudgetReport> Budgets);
