using Gateway.Policies;
using Gateway.Providers.Failover;

namespace Gateway.Rehearsal;

/// <summary>Keeps what happened over a whole rehearsal.</summary>
internal sealed class RehearsalObserver : IFailoverObserver
{
    private readonly Dictionary<ModelCard, int> _calls = [];
    private readonly Dictionary<ModelCard, CircuitState> _circuits = [];
    private readonly HashSet<ModelCard> _opened = [];

    public int CallsOf(FaultTarget target) => _calls.Where(calls => target.Includes(calls.Key)).Sum(calls => calls.Value);

    public bool HasOpened(FaultTarget target) => _opened.Any(target.Includes);

    /// <summary>Whether a circuit is open, or half open, at this moment.</summary>
    public bool IsOpen(FaultTarget target) => _circuits.Any(circuit => circuit.Value != CircuitState.Closed && target.Includes(circuit.Key));

    public void AttemptStarted(FailoverRequest request, ModelCard model, AttemptRole role, AttemptRecord? cause) =>
        _calls[model] = _calls.GetValueOrDefault(model) + 1;

    public void TokenGap(ModelCard model, TimeSpan gap)
    {
    }

    public void AttemptEnded(FailoverRequest request, AttemptRecord record)
    {
    }

    public void CircuitChanged(ModelCard model, CircuitState state)
    {
        _circuits[model] = state;
        if (state == CircuitState.Open)
        {
            _opened.Add(model);
        }
    }
}
