using Gateway.Policies;

namespace Gateway.Providers.Simulation;

/// <summary>
/// Answers as a provider would, out of thin air: events in OpenAI's shape, one flush each, observed before they are written, under the
/// attempt's time limits. It always behaves; what goes wrong is the business of <see cref="Faults.FaultInjectingClient"/>.
/// </summary>
public sealed class SimulatedProvider(ProviderDialect dialect, ISimulatedModels models, TimeProvider time) : IProviderClient
{
    public ProviderDialect Dialect => dialect;

    public async Task<AttemptFailure?> SendAsync(AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, CancellationToken cancellationToken)
    {
        using var deadline = new AttemptDeadline(attempt, time, cancellationToken);
        var run = new SimulatedRun(attempt, models.Next(attempt), sink, meter, deadline, time);
        try
        {
            await (attempt.Request.Stream ? run.StreamAsync() : run.SendWholeAsync()).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException) when (deadline.Token.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return deadline.TimeRanOut();
        }
    }
}
