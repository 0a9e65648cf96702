using System.Collections.Immutable;
using Gateway.Budgets;
using Gateway.Contracts.OpenAI;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Routing;

namespace Gateway.Spending;

/// <summary>Works out what requests would cost, by the same numbers that they are held and settled by.</summary>
/// <param name="store">Null when the gateway keeps no budgets.</param>
public sealed class Quoting(PlanStage plan, LimitCharges limits, TimeProvider time, IBudgetStore? store = null)
{
    /// <summary>Quotes a request that was read.</summary>
    /// <exception cref="Gateway.Contracts.Errors.GatewayException">There is no plan for it, or no price.</exception>
    public async ValueTask<Quote> QuoteAsync(GatewayRequest request)
    {
        var question = plan.Describe(request);
        var decision = Router.Explain(question);
        request.Plan = decision.HasPlan ? decision.Plan : throw PlanStage.Refuse(question.Name, decision);
        var dearest = DearestPrices.Of(request.Policies).Prices;
        var bounds = new CallBounds(request.Plan, dearest, usualOutput: null);
        var charges = limits.Of(request, bounds, dearest, time.GetUtcNow());
        return new Quote(
            request.Plan.Route,
            [.. request.Plan.Scores.Where(score => score.IsInPlan).Select(score => Candidate(score, request, bounds, dearest))],
            [.. (await StatesAsync(request, charges)).Select((state, index) => Limit(charges[index], state))]);
    }

    private static QuotedCandidate Candidate(CandidateScore score, GatewayRequest request, CallBounds bounds, ModelPrices? dearest)
    {
        var model = score.Model;
        var output = Math.Min((long)score.OutputTokens * Math.Max(1, request.Plan!.Profile.Choices), bounds.MostOutput(model));
        var most = (model.Prices ?? dearest) is null ? (long?)null : bounds.Most(model).Cost;
        return new QuotedCandidate(
            model.QualifiedName,
            score.PromptTokens,
            output,
            bounds.MostOutput(model),
            model.Prices is { } prices ? Money.Dollars(Money.Cost(new TokenUsage(score.PromptTokens, score.CachedTokens, output, 0), prices)) : null,
            most is { } cost ? Money.Dollars(cost) : null,
            PriceVersion.Of(model.Prices),
            request.Terms.MaxCost is not { } max || most <= max);
    }

    private async ValueTask<IReadOnlyList<CounterState?>> StatesAsync(GatewayRequest request, ImmutableArray<LimitCharge> charges)
    {
        if (store is null || charges.IsEmpty)
        {
            return [.. charges.Select(_ => (CounterState?)null)];
        }

        try
        {
            return await store.ReadAsync(SpendingScopes.Partition(request), [.. charges.Select(charge => charge.Counter)], request.Http.RequestAborted);
        }
        catch (BudgetStoreException)
        {
            return [.. charges.Select(_ => (CounterState?)null)];
        }
    }

    private static QuotedLimit Limit(LimitCharge charge, CounterState? state)
    {
        var limit = charge.Limit;
        var left = state?.Left(limit.Amount);
        return new QuotedLimit(
            limit.Name,
            charge.Applied.ScopeValue,
            BudgetMeasureNames.Of(limit.Measure),
            InUnit(limit.Amount),
            left is { } rest ? InUnit(rest) : null,
            InUnit(charge.Hold),
            !limit.IsHard || charge.Hold == 0 || charge.Hold <= left,
            charge.Window.End == DateTimeOffset.MaxValue ? null : charge.Window.End);

        decimal InUnit(long amount) => limit.Measure == BudgetMeasure.Cost ? Money.Dollars(amount) : amount;
    }
}
