namespace Gateway.Budgets;

/// <summary>A settlement that the store does not have yet, or is not known to have.</summary>
internal sealed record PendingSettlement(RequestHold Hold, Settlement Settlement);
