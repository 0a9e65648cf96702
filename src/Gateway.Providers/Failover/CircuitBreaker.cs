using Gateway.Policies;
using Polly;
using Polly.CircuitBreaker;

namespace Gateway.Providers.Failover;

/// <summary>
/// Leaves a model alone that keeps failing (Nygard, "Release It!"; Polly's implementation). An attempt is judged when its first token has
/// come or when it has ended, so that a long stream that probes does not keep the circuit half open until its end.
/// </summary>
internal sealed class CircuitBreaker
{
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<Verdict> _pipeline;
    private readonly Action<CircuitState> _onChange;
    private readonly Lock _lock = new();
    private volatile CircuitState _told = CircuitState.Closed;

    /// <param name="policy">When it opens, and for how long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onChange">Is told each new state.</param>
    public CircuitBreaker(BreakerPolicy policy, TimeProvider time, Action<CircuitState> onChange)
    {
        _onChange = onChange;

        // Without Polly's own callbacks for changes of the state: it would make each request that causes one go on on another thread.
        _pipeline = new ResiliencePipelineBuilder<Verdict> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Verdict>
            {
                FailureRatio = policy.FailureRatio,
                MinimumThroughput = policy.MinimumCalls,
                SamplingDuration = policy.Window,
                BreakDuration = policy.OpenFor,
                StateProvider = _state,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome is { Result: var verdict } && Counts(verdict)),
            })
            .Build();
    }

    /// <summary>Starts the attempt and waits until it can be judged. False when the circuit does not let it through: then it was not started.</summary>
    public async ValueTask<bool> TryRunAsync(Attempt attempt)
    {
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false);
        var outcome = await _pipeline.ExecuteOutcomeAsync(
            static async (_, call) =>
            {
                // Half open, this is the probe.
                call.Breaker.TellChange();
                return Outcome.FromResult(await call.Attempt.StartAsync().ConfigureAwait(false));
            },
            context,
            (Breaker: this, Attempt: attempt)).ConfigureAwait(false);
        ResilienceContextPool.Shared.Return(context);
        TellChange();
        return outcome.Exception switch
        {
            null => true,
            BrokenCircuitException => false,
            var unforeseen => throw unforeseen,
        };
    }

    /// <summary>An attempt that had been judged well has failed after all, in the middle of its answer.</summary>
    public async ValueTask ReportFailureAsync()
    {
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false);
        await _pipeline.ExecuteOutcomeAsync(static (_, _) => ValueTask.FromResult(Outcome.FromResult(Verdict.Failed)), context, 0).ConfigureAwait(false);
        ResilienceContextPool.Shared.Return(context);
        TellChange();
    }

    /// <summary>A probe that was called off has shown nothing: the circuit opens again rather than closes.</summary>
    private bool Counts(Verdict verdict) => verdict == Verdict.Failed || (verdict == Verdict.Unknown && _state.CircuitState == Polly.CircuitBreaker.CircuitState.HalfOpen);

    private void TellChange()
    {
        if (StateNow() == _told)
        {
            return;
        }

        lock (_lock)
        {
            var state = StateNow();
            if (state != _told)
            {
                _told = state;
                _onChange(state);
            }
        }
    }

    private CircuitState StateNow() => _state.CircuitState switch
    {
        Polly.CircuitBreaker.CircuitState.Closed => CircuitState.Closed,
        Polly.CircuitBreaker.CircuitState.HalfOpen => CircuitState.HalfOpen,
        _ => CircuitState.Open,
    };
}
