using Gateway.Policies;

namespace Gateway.Providers.Faults;

/// <summary>One call that goes wrong.</summary>
internal sealed class FaultyCall(IProviderClient inner, Fault fault, AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, TimeProvider time)
{
    public async Task<AttemptFailure?> RunAsync(CancellationToken calledOff)
    {
        using var deadline = new AttemptDeadline(attempt, time, calledOff);
        var pause = new FaultPause(meter.Clock, time, deadline);
        try
        {
            if (FaultFailures.Of(fault, attempt) is { } failure)
            {
                await pause.WaitAsync(fault.Duration ?? TimeSpan.Zero).ConfigureAwait(false);
                return failure;
            }

            if (fault.Kind is FaultKind.Hang or FaultKind.SlowFirstToken)
            {
                await pause.WaitAsync(fault.Duration ?? Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            }

            return await AnswerAsync(deadline, pause, calledOff).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.Token.IsCancellationRequested && !calledOff.IsCancellationRequested)
        {
            return deadline.TimeRanOut();
        }
    }

    /// <summary>Has the client answer through a sink that does what the fault wants in the middle of the answer.</summary>
    private async Task<AttemptFailure?> AnswerAsync(AttemptDeadline deadline, FaultPause pause, CancellationToken calledOff)
    {
        using var call = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
        using var faulty = new FaultySink(fault, attempt.Request.Stream, sink, meter, deadline, pause, call, calledOff)
        {
            // The client reads ahead of what the fault lets through; what it has read says nothing of what was delivered.
            Ahead = new AnswerMeter(time, attempt.Request.Choices, meter.Clock),
        };
        try
        {
            var failure = await inner.SendAsync(attempt, faulty, faulty.Ahead, call.Token).ConfigureAwait(false);
            return faulty.Failure ?? failure;
        }
        catch (OperationCanceledException) when (faulty.Failure is not null)
        {
            return faulty.Failure;
        }
    }
}
