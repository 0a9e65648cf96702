using System.Globalization;
using Gateway.Budgets;
using Gateway.Budgets.Sql;

namespace Gateway.IntegrationTests.Ledgers;

/// <summary>Requests that are settled at a steady rate by a clock, and a step of moving them that takes its time by the same clock.</summary>
/// <param name="perSecond">How many are settled.</param>
/// <param name="end">When no more are.</param>
internal sealed class SteadyLoad(TimeLapse time, double perSecond, TimeSpan end) : ILedgerSource
{
    private static readonly TimeSpan StepCost = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan EntryCost = TimeSpan.FromMilliseconds(1);

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _confirmed;

    public LedgerBacklog? Backlog { get; private set; }

    /// <summary>Ends when all were moved.</summary>
    public Task Done => _done.Task;

    public TimeSpan DoneAfter { get; private set; }

    public int Steps { get; private set; }

    public TimeSpan Worked { get; private set; }

    /// <summary>The greatest age of an entry when it was taken.</summary>
    public TimeSpan MaxAge { get; private set; }

    /// <summary>The share of the time at work when an entry was this old for the first time; null when none ever was.</summary>
    public (TimeSpan Age, double Share)? FirstOld { get; private set; }

    /// <summary>From which age on an entry is old.</summary>
    public required TimeSpan OldAge { get; init; }

    private TimeSpan Now => TimeSpan.FromTicks(time.GetTimestamp());

    public Task<IReadOnlyList<IncomingRecord>> TakeAsync(LedgerDatabase ledger, int count, CancellationToken cancellationToken = default)
    {
        long settled = (long)((Now < end ? Now : end).TotalSeconds * perSecond);
        long waiting = settled - _confirmed;
        var age = waiting == 0 ? TimeSpan.Zero : Now - TimeSpan.FromSeconds((_confirmed + 1) / perSecond);
        Backlog = new LedgerBacklog(waiting, age);
        MaxAge = age > MaxAge ? age : MaxAge;
        if (age >= OldAge && FirstOld is null)
        {
            FirstOld = (age, Worked / Now);
        }

        if (waiting == 0 && Now >= end && !Done.IsCompleted)
        {
            DoneAfter = Now;
            _done.SetResult();
        }

        return Task.FromResult<IReadOnlyList<IncomingRecord>>([.. Enumerable.Range(0, (int)Math.Min(count, waiting)).Select(i => Record(_confirmed + i))]);
    }

    public Task ConfirmAsync(IReadOnlyList<IncomingRecord> records, CancellationToken cancellationToken = default)
    {
        _confirmed += records.Count;
        Steps++;
        var work = StepCost + (EntryCost * records.Count);
        Worked += work;
        time.Work(work);
        return Task.CompletedTask;
    }

    private static IncomingRecord Record(long number)
    {
        string id = number.ToString(CultureInfo.InvariantCulture);
        return new IncomingRecord("acme", id, new Dictionary<string, string>
        {
            ["v"] = "1",
            ["held"] = "1",
            ["charges"] = "",
            ["entry"] = $$$"""
                {"requestId":"r{{{id}}}","time":"2026-11-10T12:00:00Z","scopes":{"tags":[]},"route":"auto","model":"m","provider":"p",
                "tokens":{"input":1,"cachedInput":0,"output":1,"reasoning":0},"cost":1,"basis":"Reported","outcome":"Completed","attempts":[]}
                """,
        });
    }
}
