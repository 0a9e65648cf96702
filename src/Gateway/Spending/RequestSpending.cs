using System.Collections.Immutable;
using Gateway.Budgets;
using Gateway.Policies;
using Gateway.Providers;
using Gateway.Providers.Failover;

namespace Gateway.Spending;

/// <summary>
/// The money of one request, from its reservation to its settlement: what it holds, which calls it makes, and what they are billed. What is
/// held covers one call. Before a further call is made on top of one that may be billed, more is held, or the call is not made.
/// </summary>
internal sealed class RequestSpending : ICallBudget
{
    private readonly BudgetGuard? _guard;
    private readonly long? _maxCost;
    private readonly bool _isStream;
    private readonly SemaphoreSlim _raising = new(1, 1);
    private readonly Lock _lock = new();
    private readonly List<ModelCard> _underWay = [];
    private readonly List<CallBill> _ended = [];
    private bool _isClosed;

    /// <param name="guard">Null when the gateway keeps no budgets.</param>
    /// <param name="hold">Null without <paramref name="guard"/>.</param>
    /// <param name="maxCost">The most that the request may cost, in nano-dollars; null for no such limit.</param>
    public RequestSpending(
        BudgetGuard? guard, RequestHold? hold, CallBounds bounds, ModelPrices? dearest, long? maxCost, bool isStream, DateTimeOffset reservedAt)
    {
        (_guard, Hold, Bounds, Dearest, _maxCost, _isStream, ReservedAt) = (guard, hold, bounds, dearest, maxCost, isStream, reservedAt);
    }

    public RequestHold? Hold { get; }

    public CallBounds Bounds { get; }

    public ModelPrices? Dearest { get; }

    /// <summary>The moment that decided into which windows the request falls.</summary>
    public DateTimeOffset ReservedAt { get; }

    /// <summary>What the request cost; null until it is settled.</summary>
    public RequestBill? Bill { get; set; }

    /// <summary>How the request's limits stand once it is settled; null while the store does not have the settlement.</summary>
    public ImmutableArray<LimitUse>? Uses { get; set; }

    public async ValueTask<bool> TryCoverAsync(ModelCard model)
    {
        bool isFirst;
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            isFirst = _underWay.Count == 0 && _ended.Count == 0;
            if (isFirst)
            {
                _underWay.Add(model);
            }
        }

        if (isFirst)
        {
            if (_maxCost is { } max && Bounds.Most(model).Cost > max)
            {
                NotMade(model);
                return false;
            }

            return true;
        }

        // One after the other: two that raise at once would each see the hold without the other.
        await _raising.WaitAsync().ConfigureAwait(false);
        try
        {
            var (most, usual) = CommittedWith(model);
            if ((_maxCost is { } max && most.Cost > max) || !await TryHoldAsync(most, usual).ConfigureAwait(false))
            {
                return false;
            }

            lock (_lock)
            {
                // Settled meanwhile: nobody would pay for it any more.
                if (!_isClosed)
                {
                    _underWay.Add(model);
                }

                return !_isClosed;
            }
        }
        finally
        {
            _raising.Release();
        }
    }

    public void NotMade(ModelCard model)
    {
        lock (_lock)
        {
            _underWay.Remove(model);
        }
    }

    public void Ended(AttemptRecord record)
    {
        var bill = CallBill.Of(record, _isStream, Bounds, Dearest);
        lock (_lock)
        {
            _underWay.Remove(record.Model);
            _ended.Add(bill);
        }
    }

    /// <summary>The bill of all calls; of one that is still under way, as if it were cut off now. No further call is made.</summary>
    public RequestBill Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            return RequestBill.Of([.. _ended, .. _underWay.Select(CutOff)]);
        }
    }

    /// <summary>
    /// The bill when the answer of the only call under way is about to be complete. No further call is made. Null while others are under way: then it
    /// is too early.
    /// </summary>
    public RequestBill? TryClose(ModelCard model, AnswerMeter meter)
    {
        lock (_lock)
        {
            if (_underWay.Count != 1)
            {
                return null;
            }

            _isClosed = true;
            return RequestBill.Of([.. _ended, CallBill.OfAnswer(model, meter, Bounds, Dearest)]);
        }
    }

    private CallBill CutOff(ModelCard model) => CallBill.OfPrompt(model, Bounds, Dearest);

    /// <summary>What the calls so far are billed or may come to, together with one of this model.</summary>
    private (SpendingAmounts Most, SpendingAmounts Usual) CommittedWith(ModelCard model)
    {
        lock (_lock)
        {
            var billed = RequestBill.Of([.. _ended]).Amounts;
            var (most, usual) = (billed + Bounds.Most(model), billed + Bounds.Usual(model));
            foreach (var other in _underWay)
            {
                (most, usual) = (most + Bounds.Most(other), usual + Bounds.Usual(other));
            }

            return (most, usual);
        }
    }

    private async ValueTask<bool> TryHoldAsync(SpendingAmounts most, SpendingAmounts usual)
    {
        if (Hold is not { } hold)
        {
            return true;
        }

        ImmutableArray<LimitCharge> charges =
        [
            .. hold.Charges.Select(charge => charge with
            {
                Hold = Math.Max(charge.Hold, (charge.Limit.Hold == BudgetHold.Expected ? usual : most).Of(charge.Limit.Measure)),
            }),
        ];
        return charges.SequenceEqual(hold.Charges) || await _guard!.TryRaiseAsync(hold, charges).ConfigureAwait(false);
    }
}
