using System.Collections.Frozen;

namespace Gateway.Routing;

/// <summary>Merges exports into a view. The same exports at the same moment give the same view, in whatever order they are added.</summary>
/// <param name="now">The moment of the view.</param>
internal sealed class ViewBuilder(DateTimeOffset now)
{
    /// <summary>A replica exports every second or so; one that did not for this long is taken for dead.</summary>
    private static readonly TimeSpan AliveFor = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, MergedModel> _models = [];
    private readonly Dictionary<(string Route, TaskKind Task), (long Answers, long Tokens)> _lengths = [];
    private readonly Dictionary<ulong, PrefixOwner> _prefixes = [];

    /// <summary>How many of the exports came from replicas that are alive.</summary>
    public int Alive { get; private set; }

    public void Add(ReplicaExport export)
    {
        long weight = TimeSlice.Weight(TimeSlice.Of(export.At), TimeSlice.Of(now));
        bool isAlive = (now - export.At).Duration() <= AliveFor;
        Alive += isAlive ? 1 : 0;
        foreach (var model in export.Models)
        {
            if (!_models.TryGetValue(model.QualifiedName, out var merged))
            {
                _models.Add(model.QualifiedName, merged = new MergedModel());
            }

            merged.Add(model, weight, isAlive);
        }

        foreach (var length in export.Lengths)
        {
            var key = (length.Route, length.Task);
            var (answers, tokens) = _lengths.GetValueOrDefault(key);
            _lengths[key] = (answers + TimeSlice.Rescale(length.Answers, weight), tokens + TimeSlice.Rescale(length.Tokens, weight));
        }

        foreach (var (hash, owner) in export.Prefixes)
        {
            if (PrefixTable.IsPossible(owner, now))
            {
                _prefixes[hash] = _prefixes.TryGetValue(hash, out var other) ? PrefixTable.Newer(owner, other, now) : owner;
            }
        }
    }

    public ObservationView ToView() => new()
    {
        Models = _models
            .Select(model => (model.Key, Value: model.Value.ToObservation(now)))
            .Where(model => model.Value is not null)
            .ToFrozenDictionary(model => model.Key, model => model.Value!, StringComparer.Ordinal),
        OutputLengths = _lengths
            .Where(length => length.Value.Answers > 0)
            .ToFrozenDictionary(length => length.Key, length => (double)length.Value.Tokens / length.Value.Answers),
        Prefixes = _prefixes,
    };
}
