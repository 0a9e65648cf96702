using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>
/// Takes what calls show, and merges it with what other replicas saw. Recording is cheap; routing reads <see cref="Current"/>, which is
/// only made anew by <see cref="Refresh"/>, from exports alone: replicas that hold the same exports see the same. Safe for concurrent use.
/// </summary>
/// <param name="time">Its UTC must agree with the other replicas' within 10 seconds, as under NTP; else latencies still merge, but calls under way do not.</param>
public sealed class ObservationBoard(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ModelRecorder> _models = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Route, TaskKind Task), AnswerLengths> _lengths = new();
    private readonly PrefixTable _prefixes = new();
    private volatile ObservationView _current = ObservationView.Empty;
    private volatile IReadOnlyList<IgnoredExport> _ignored = [];
    private volatile int _replicas = 1;

    /// <summary>As of the last <see cref="Refresh"/>.</summary>
    public ObservationView Current => _current;

    /// <summary>How many replicas that are alive contributed to <see cref="Current"/>, this one included.</summary>
    public int Replicas => _replicas;

    /// <summary>What the last <see cref="Refresh"/> could not read.</summary>
    public IReadOnlyList<IgnoredExport> Ignored => _ignored;

    /// <summary>A call goes out; <see cref="EndCall"/> or <see cref="CancelCall"/> follows.</summary>
    public void BeginCall(ModelCard model) => RecorderOf(model).Begin();

    public void EndCall(ModelCard model, in CallObservation call)
    {
        var now = time.GetUtcNow();
        long slice = TimeSlice.Of(now);
        RecorderOf(model).End(call, slice);
        if (call.IsFailure)
        {
            return;
        }

        _prefixes.Set(call.PrefixHash, model.QualifiedName, now);
        if (call.OutputTokens is > 0 and var tokens)
        {
            LengthsOf(call.Route, call.Task).Add(tokens, slice);
        }
    }

    /// <summary>The call was given up by the caller, which says nothing about the model.</summary>
    public void CancelCall(ModelCard model) => RecorderOf(model).Cancel();

    /// <summary>The model is to be left alone until then, by all replicas. Of two such times the later holds.</summary>
    public void Suspend(ModelCard model, DateTimeOffset until) => RecorderOf(model).Suspend(until);

    /// <summary>The model is well again: takes back this replica's <see cref="Suspend"/>, not that of another.</summary>
    public void Resume(ModelCard model) => RecorderOf(model).Resume();

    /// <summary>What this replica saw, for the others.</summary>
    public byte[] Export() => ExportWriter.Write(Collect(time.GetUtcNow()));

    /// <summary>
    /// Makes <see cref="Current"/> anew from what this replica saw and what the others exported. One that cannot be read is left out and
    /// named in <see cref="Ignored"/>.
    /// </summary>
    public void Refresh(IReadOnlyList<ReplicaObservations> others)
    {
        var now = time.GetUtcNow();
        var builder = new ViewBuilder(now);
        builder.Add(Collect(now));
        var ignored = ImmutableArray.CreateBuilder<IgnoredExport>();
        foreach (var other in others)
        {
            try
            {
                builder.Add(ExportReader.Read(other.Export));
            }
            catch (ExportFormatException exception)
            {
                ignored.Add(new IgnoredExport(other.Replica, exception.Message));
            }
        }

        _current = builder.ToView();
        _replicas = builder.Alive;
        _ignored = ignored.ToImmutable();
    }

    private ReplicaExport Collect(DateTimeOffset now)
    {
        // Prefixes first: the models that they name are then surely among those that follow.
        var prefixes = _prefixes.Current(now);
        return new ReplicaExport(
            now, [.. _models.Values.Select(model => model.Export(now))], [.. _lengths.Values.Select(lengths => lengths.Export(now))], prefixes);
    }

    private ModelRecorder RecorderOf(ModelCard model) =>
        _models.GetOrAdd(model.QualifiedName, static qualifiedName => new ModelRecorder(qualifiedName));

    private AnswerLengths LengthsOf(string route, TaskKind task) =>
        _lengths.GetOrAdd((route, task), static key => new AnswerLengths(key.Route, key.Task));
}
