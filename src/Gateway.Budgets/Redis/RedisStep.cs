using System.Text;
using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>A request to be reserved or settled by <c>step.lua</c>, and the answer once it has come.</summary>
internal sealed class RedisStep : TaskCompletionSource<(int Expired, IReadOnlyList<RedisReply> Reply)>
{
    private const int Reserve = 0;
    private const int Settle = 1;
    private const int TopUp = 2;

    private readonly Reservation? _reservation;
    private readonly Settlement? _settlement;
    private readonly long[] _droppedAt = [];
    private readonly bool _isTopUp;
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RedisStep(string requestId, string[] counters)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        (RequestId, Counters) = (requestId, counters);
    }

    private RedisStep(Reservation reservation, bool isTopUp, BudgetStoreOptions options)
        : this(reservation.RequestId, [.. reservation.Charges.Select(charge => charge.Counter.ToString())])
    {
        (_reservation, _isTopUp) = (reservation, isTopUp);
        _droppedAt = [.. reservation.Charges.Select(charge => options.DroppedAt(charge.WindowEnd) ?? 0)];
    }

    private RedisStep(Settlement settlement, string? floatId, BudgetStoreOptions options)
        : this(settlement.RequestId, [.. settlement.Actuals.Select(actual => actual.Counter.ToString())])
    {
        (_settlement, FloatId) = (settlement, floatId);
        Entry = LedgerFormat.WriteEntryBytes(settlement.Entry);
        _droppedAt = [.. settlement.Actuals.Select(actual => options.DroppedAt(actual.WindowEnd) ?? 0)];
    }

    public string RequestId { get; }

    /// <summary>Their names, one for each charge.</summary>
    public string[] Counters { get; }

    /// <summary>What goes into the ledger; null for a reservation.</summary>
    public byte[]? Entry { get; }

    /// <summary>The float that holds what the request may cost; null where it holds that itself.</summary>
    public string? FloatId { get; }

    /// <summary>Ends when the step is on its way to Redis; cancelled when it will not be.</summary>
    public Task Sent => _sent.Task;

    public static RedisStep Reserving(Reservation reservation, BudgetStoreOptions options) => new(reservation, isTopUp: false, options);

    /// <summary>As a reservation, but the amounts are added to what it holds.</summary>
    public static RedisStep ToppingUp(Reservation reservation, BudgetStoreOptions options) => new(reservation, isTopUp: true, options);

    public static RedisStep Settling(Settlement settlement, string? floatId, BudgetStoreOptions options) => new(settlement, floatId, options);

    public void WasSent() => _sent.TrySetResult();

    public void Fail(Exception exception)
    {
        TrySetException(exception);
        _sent.TrySetCanceled();
    }

    /// <param name="requests">Their numbers.</param>
    /// <param name="numbers">Of the counters.</param>
    /// <param name="entry">The number of its entry.</param>
    public void WriteTo(PackedSteps steps, Dictionary<string, int> requests, Dictionary<string, int> numbers, int entry)
    {
        if (_reservation is not null)
        {
            steps.Array(4 + (5 * Counters.Length));
            steps.Integer(_isTopUp ? TopUp : Reserve);
            steps.Integer(requests[RequestId]);
            steps.Integer(RedisBudgetStore.Milliseconds(_reservation.Lease));
            steps.Text(HoldText(_reservation));
            for (int i = 0; i < Counters.Length; i++)
            {
                var charge = _reservation.Charges[i];
                steps.Integer(numbers[Counters[i]]);
                steps.Integer(charge.Hold);
                steps.Integer(charge.LimitAmount);
                steps.Integer(charge.IsHard ? 1 : 0);
                steps.Integer(_droppedAt[i]);
            }
        }
        else
        {
            steps.Array(4 + (3 * Counters.Length));
            steps.Integer(Settle);
            steps.Integer(requests[RequestId]);
            steps.Integer(entry);
            steps.Integer(FloatId is null ? 0 : requests[FloatId]);
            for (int i = 0; i < Counters.Length; i++)
            {
                steps.Integer(numbers[Counters[i]]);
                steps.Integer(_settlement!.Actuals[i].Amount);
                steps.Integer(_droppedAt[i]);
            }
        }
    }

    /// <summary>As it stands in Redis when nothing was held before: counters on which nothing is held are left out.</summary>
    private string HoldText(Reservation reservation)
    {
        var text = new StringBuilder();
        for (int i = 0; i < Counters.Length; i++)
        {
            if (reservation.Charges[i].Hold > 0)
            {
                text.Append(Counters[i]).Append(' ').Append(Amounts.Text(reservation.Charges[i].Hold)).Append(' ');
            }
        }

        return text.ToString();
    }
}
