using Gateway.Budgets;
using Gateway.Spending;

namespace Gateway.Pipeline;

/// <summary>
/// Holds what the request may cost under every limit that it falls under, or refuses it. Nothing that generates gets past this stage without it: a
/// request under no limit is noted for the ledger all the same.
/// </summary>
/// <param name="guard">Null when the gateway keeps no budgets: then what is limited is refused.</param>
public sealed class ReserveStage(LimitCharges limits, OutputLengths lengths, TimeProvider time, BudgetGuard? guard = null)
{
    public async ValueTask RunAsync(GatewayRequest request)
    {
        var plan = request.Plan!;
        var now = time.GetUtcNow();
        var dearest = DearestPrices.Of(request.Policies).Prices;
        var bounds = new CallBounds(plan, dearest, lengths.Most(plan.Route, plan.Profile.Task));
        var charges = limits.Of(request, bounds, dearest, now);
        RequestHold? hold = null;
        if (guard is not null)
        {
            request.Clock.BeginWait();
            var result = await guard.ReserveAsync(SpendingScopes.Partition(request), request.Id, charges);
            request.Clock.EndWait();
            hold = result switch
            {
                HoldResult.Held held => held.Hold,
                HoldResult.Refused refused => throw SpendingRefusals.Exceeded(refused, now),
                HoldResult.Unavailable unavailable => throw SpendingRefusals.Unavailable(unavailable),
                _ => throw new InvalidOperationException($"{result.GetType().Name} is not known here."),
            };
        }
        else if (!charges.IsEmpty)
        {
            throw SpendingRefusals.NoStore(charges[0].Applied);
        }

        request.Spending = new RequestSpending(guard, hold, bounds, dearest, request.Terms.MaxCost, request.Body!.Stream, now);
    }
}
