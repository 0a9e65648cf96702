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

    /// <param name="policy">When it opens, and for how long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onChange">Is told each new state.</param>
    public CircuitBreaker(BreakerPolicy policy, TimeProvider time, Action<CircuitState> onChange)
    {
        _pipeline = new ResiliencePipelineBuilder<Verdict> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Verdict>
            {
                FailureRatio = policy.FailureRatio,
                MinimumThroughput = policy.MinimumCalls,
                SamplingDuration = policy.Window,
                BreakDuration = policy.OpenFor,
                StateProvider = _state,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome is { Result: var verdict } && Counts(verdict)),
                OnOpened = _ => Tell(CircuitState.Open),
                OnHalfOpened = _ => Tell(CircuitState.HalfOpen),
                OnClosed = _ => Tell(CircuitState.Closed),
            })
            .Build();

        ValueTask Tell(CircuitState state)
        {
            onChange(state);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Starts the attempt and waits until it can be judged. False when the circuit does not let it through: then it was not started.</summary>
    public async ValueTask<bool> TryRunAsync(Attempt attempt)
    {
        var context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false);
        var outcome = await _pipeline.ExecuteOutcomeAsync(
            static async (_, attempt) => Outcome.FromResult(await attempt.StartAsync().ConfigureAwait(false)), context, attempt).ConfigureAwait(false);
        ResilienceContextPool.Shared.Return(context);
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
    }

    /// <summary>A probe that was called off has shown nothing: the circuit opens again rather than closes.</summary>
    private bool Counts(Verdict verdict) => verdict == Verdict.Failed || (verdict == Verdict.Unknown && _state.CircuitState == Polly.CircuitBreaker.CircuitState.HalfOpen);
}
