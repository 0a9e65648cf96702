using System.Collections.Concurrent;
using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>
/// Budgets in Redis, for any number of gateways. Each step is one round trip, and steps that come together share a script; leases go by Redis's clock,
/// so that the clocks of the gateways do not matter.
/// </summary>
public sealed class RedisBudgetStore(RedisLink link, BudgetStoreOptions options) : IBudgetStore
{
    /// <summary>Changes when Redis may have lost what it answered last.</summary>
    internal int Epoch => link.LostConnections;

    /// <summary>How many holds one script of <see cref="SweepAsync"/> takes back, so that none keeps Redis from its other work for long.</summary>
    private const int SweepBatch = 200;

    private readonly ConcurrentDictionary<string, StepQueue> _partitions = new(StringComparer.Ordinal);

    public Task<ReserveResult> ReserveAsync(Reservation reservation, CancellationToken cancellationToken = default) =>
        ReserveAsync(reservation, RedisStep.Reserving(reservation, options), cancellationToken);

    /// <summary>As to reserve, but the amounts are added to what is held already.</summary>
    /// <returns><see cref="ReserveResult.AlreadyHeld"/> when something was held already, <see cref="ReserveResult.Reserved"/> when this is the first.</returns>
    /// <inheritdoc cref="IBudgetStore.ReserveAsync" path="/exception"/>
    internal Task<ReserveResult> TopUpAsync(Reservation reservation) =>
        ReserveAsync(reservation, RedisStep.ToppingUp(reservation, options), CancellationToken.None);

    private async Task<ReserveResult> ReserveAsync(Reservation reservation, RedisStep step, CancellationToken cancellationToken)
    {
        reservation.Check();
        var queue = await EnterAsync(reservation.Partition, cancellationToken);
        var (expired, reply) = await AnswerAsync(queue.RunAsync(step), cancellationToken);
        return reply[0].Integer switch
        {
            BudgetScripts.StepCode.Reserved => new ReserveResult.Reserved(States(reservation, reply)) { Expired = expired },
            BudgetScripts.StepCode.Held => new ReserveResult.AlreadyHeld(States(reservation, reply)) { Expired = expired },
            BudgetScripts.StepCode.Settled => new ReserveResult.AlreadySettled { Expired = expired },
            BudgetScripts.StepCode.Refused => reply.Skip(1).Chunk(2)
                .Select(pair => (Charge: reservation.Charges[(int)pair[0].Integer - 1], Left: pair[1].Integer))
                .Select(refusal => new ReserveResult.Refused(refusal.Charge.Counter, refusal.Left, refusal.Charge.WindowEnd) { Expired = expired })
                .MaxBy(refusal => refusal.WindowEnd)!,
            BudgetScripts.StepCode.OutOfRange => throw new BudgetRangeException(reservation.Charges[(int)reply[1].Integer - 1].Counter),
            var code => throw Unknown(code),
        };
    }

    public Task<SettleResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken = default) =>
        Settle(settlement).Done.WaitAsync(cancellationToken);

    public SettlementUnderWay Settle(Settlement settlement) => Settle(settlement, floatId: null);

    /// <param name="floatId">The float out of which the request is paid: what it costs is taken from what that holds.</param>
    internal SettlementUnderWay Settle(Settlement settlement, string? floatId)
    {
        var step = RedisStep.Settling(settlement, floatId, options);
        if (_partitions.TryGetValue(settlement.Partition, out var queue))
        {
            return new SettlementUnderWay(step.Sent, SettledAsync(settlement, queue.RunAsync(step)));
        }

        return new SettlementUnderWay(step.Sent, EnterAndSettleAsync());

        async Task<SettleResult> EnterAndSettleAsync()
        {
            try
            {
                var queue = await EnterAsync(settlement.Partition, CancellationToken.None);
                return await SettledAsync(settlement, queue.RunAsync(step));
            }
            catch (Exception exception)
            {
                // Nobody else tells the step, where it did not come to the queue.
                step.Fail(exception);
                throw;
            }
        }
    }

    private static async Task<SettleResult> SettledAsync(Settlement settlement, Task<(int Expired, IReadOnlyList<RedisReply> Reply)> answer)
    {
        var (_, reply) = await AnswerAsync(answer, CancellationToken.None).ConfigureAwait(false);
        return reply[0].Integer switch
        {
            BudgetScripts.StepCode.Recorded => new SettleResult(IsRepeated: false, Position(settlement, reply)),
            BudgetScripts.StepCode.Settled => new SettleResult(IsRepeated: true, Position(reply[1].Text)),
            BudgetScripts.StepCode.OutOfRange => throw new BudgetRangeException(settlement.Actuals[(int)reply[1].Integer - 1].Counter),
            var code => throw Unknown(code),
        };
    }

    public async Task<bool> ExtendAsync(string partition, string requestId, TimeSpan lease, CancellationToken cancellationToken = default)
    {
        Reservation.CheckLease(lease);
        var keys = new PartitionKeys(partition);
        return (await CallAsync(BudgetScripts.Extend, [keys.Requests, keys.Leases], [requestId, Milliseconds(lease)], cancellationToken)).Integer == 1;
    }

    public async Task<bool> ReleaseAsync(string partition, string requestId, CancellationToken cancellationToken = default)
    {
        var keys = new PartitionKeys(partition);
        return (await CallAsync(BudgetScripts.Release, [keys.Sums, keys.Requests, keys.Leases], [requestId], cancellationToken)).Integer == 1;
    }

    public async Task<IReadOnlyList<ExpiredHold>> SweepAsync(CancellationToken cancellationToken = default)
    {
        List<ExpiredHold> expired = [];
        foreach (string partition in await ReadPartitionsAsync(cancellationToken))
        {
            var keys = new PartitionKeys(partition);
            IReadOnlyList<RedisReply> reply;
            do
            {
                reply = await RunAsync(BudgetScripts.Sweep, [keys.Sums, keys.Requests, keys.Leases], [SweepBatch], cancellationToken);
                expired.AddRange(reply.Chunk(2).Select(pair => new ExpiredHold(partition, pair[0].Text, Amounts(pair[1].Text))));
            }
            while (reply.Count == 2 * SweepBatch);

            while ((await CallAsync(
                BudgetScripts.Forget, [keys.Sums, keys.Requests, keys.Memory, keys.Drops], [SweepBatch], cancellationToken)).Integer == SweepBatch)
            {
            }
        }

        return expired;

        // Counter and amount by turns.
        static Dictionary<CounterId, long> Amounts(string hold) => hold.Split(' ', StringSplitOptions.RemoveEmptyEntries).Chunk(2)
            .ToDictionary(pair => CounterId.Parse(pair[0]), pair => Budgets.Amounts.Parse(pair[1]));
    }

    public async Task<IReadOnlyList<CounterState>> ReadAsync(
        string partition, IReadOnlyList<CounterId> counters, CancellationToken cancellationToken = default)
    {
        var keys = new PartitionKeys(partition);
        RedisArgument[] names = [.. counters.Select(counter => counter.ToString())];
        var reply = await RunAsync(BudgetScripts.Read, [keys.Sums, keys.Requests, keys.Leases, keys.Drops], names, cancellationToken);
        return [.. reply.Chunk(2).Select((pair, index) => new CounterState(counters[index], pair[0].Integer, pair[1].Integer))];
    }

    public async Task<IReadOnlyList<LedgerRecord>> ReadLedgerAsync(
        string partition, string? after, int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var keys = new PartitionKeys(partition);
        var last = after is null ? default : StreamPosition.Parse(after);

        // The entry with that record comes again, for what stands behind it there.
        var reply = await RunAsync(BudgetScripts.Ledger, [keys.Ledger], [after is null ? "-" : last.Entry, count + 1L], cancellationToken);
        return
        [
            .. reply.SelectMany(entry => StreamEntry.Records(entry.Items))
                .SkipWhile(record => after is not null && record.Position.Entry == last.Entry && record.Position.Index <= last.Index)
                .Take(count)
                .Select(Record),
        ];
    }

    /// <summary>Also adds those of this process again, lest Redis lost them.</summary>
    public async Task<IReadOnlyList<string>> ReadPartitionsAsync(CancellationToken cancellationToken = default)
    {
        RedisArgument[] known = [.. _partitions.Keys.Select(name => (RedisArgument)name)];
        var reply = await RunAsync(BudgetScripts.Partitions, [PartitionKeys.Partitions], known, cancellationToken);
        return [.. reply.Select(name => name.Text).Order(StringComparer.Ordinal)];
    }

    /// <summary>Puts the partition on the list before anything is written to it, once in this process: what is not on it is neither swept nor read.</summary>
    private async ValueTask<StepQueue> EnterAsync(string partition, CancellationToken cancellationToken)
    {
        if (_partitions.TryGetValue(partition, out var known))
        {
            return known;
        }

        await RunAsync(BudgetScripts.Partitions, [PartitionKeys.Partitions], [partition], cancellationToken);
        return _partitions.GetOrAdd(partition, name => new StepQueue(new PartitionKeys(name), link, options));
    }

    private async Task<IReadOnlyList<RedisReply>> RunAsync(
        RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, CancellationToken cancellationToken) =>
        (await CallAsync(script, keys, arguments, cancellationToken)).Items;

    private Task<RedisReply> CallAsync(
        RedisScript script, IReadOnlyList<string> keys, IReadOnlyList<RedisArgument> arguments, CancellationToken cancellationToken) =>
        AnswerAsync(link.RunAsync(script, keys, arguments, cancellationToken), CancellationToken.None);

    private static async Task<T> AnswerAsync<T>(Task<T> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await (cancellationToken.CanBeCanceled ? answer.WaitAsync(cancellationToken) : answer);
        }
        catch (RedisCallException exception)
        {
            throw new BudgetStoreException(exception.Failure == RedisCallFailure.Unknown, exception.Message, exception)
            {
                IsRefusal = exception.Failure == RedisCallFailure.Refused,
            };
        }
    }

    internal static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(time.TotalMilliseconds);

    private static CounterState[] States(Reservation reservation, IReadOnlyList<RedisReply> reply)
    {
        var states = new CounterState[reservation.Charges.Count];
        for (int i = 0; i < states.Length; i++)
        {
            states[i] = new CounterState(reservation.Charges[i].Counter, reply[1 + (2 * i)].Integer, reply[2 + (2 * i)].Integer);
        }

        return states;
    }

    private static LedgerPosition Position(Settlement settlement, IReadOnlyList<RedisReply> reply)
    {
        var charges = new LedgerCharge[settlement.Actuals.Count];
        for (int i = 0; i < charges.Length; i++)
        {
            var actual = settlement.Actuals[i];
            charges[i] = new LedgerCharge(actual.Counter, actual.Amount, reply[3 + i].Integer);
        }

        return new LedgerPosition(reply[1].Text, reply[2].Integer == 1, charges);
    }

    /// <summary>From version, <c>settled</c>, position, 1 if it was held, and the charges.</summary>
    private static LedgerPosition Position(string answer)
    {
        string[] words = answer.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new LedgerPosition(words[2], words[3] == "1", LedgerFormat.ReadCharges(words.Skip(4)));
    }

    private static LedgerRecord Record((StreamPosition Position, Dictionary<string, string> Fields) record)
    {
        var (position, fields) = record;
        LedgerFormat.CheckVersion(Amounts.Parse(fields["v"]), $"The record {position} of the ledger");
        return LedgerFormat.Read(position.ToString(), fields["held"] == "1", fields["charges"], fields["entry"]);
    }

    private static InvalidOperationException Unknown(long code) => new($"A budget script returned {code}, which this build does not know.");
}
