using Gateway.Policies;

namespace Gateway.Budgets;

/// <summary>How far a limit is used up, as of one step of one request.</summary>
/// <param name="Applied">The limit, and whose counter of it this is.</param>
/// <param name="Window">The window that the counter sums up over.</param>
/// <param name="Spent">What was settled in the window, this step included, in the unit of the limit.</param>
/// <param name="Held">
/// What requests under way hold, as of the reservation of this one: with its own hold when it was reserved, without when it was settled.
/// </param>
/// <param name="Added">What this step added to <paramref name="Spent"/>: 0 for a reservation.</param>
public readonly record struct LimitUse(AppliedLimit Applied, BudgetWindow Window, long Spent, long Held, long Added)
{
    /// <summary>The share of the limit that is spent; above 1 when it is overdrawn.</summary>
    public decimal SpentShare => (decimal)Spent / Applied.Limit.Amount;

    /// <summary>
    /// Whether it was this step that brought what is spent to this share of the limit. Steps of all gateways on one store follow one another,
    /// so that it is true of exactly one of them.
    /// </summary>
    /// <param name="share">Above 0.</param>
    public bool Reached(decimal share)
    {
        var amount = Applied.Limit.Amount * share;
        return Spent >= amount && Spent - Added < amount;
    }
}
