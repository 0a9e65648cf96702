using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>The candidates that a request has not tried yet, best first. None is taken twice.</summary>
internal sealed class CandidateQueue(IEnumerable<ModelCard> candidates)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private List<ModelCard> _waiting = [.. candidates];

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>How many are left.</summary>
    public int Count => _waiting.Count;

    /// <summary>The next one; null when none is left.</summary>
    public ModelCard? Take() => Take(static _ => true);

    /// <summary>The next one that meets the condition; null when none is left.</summary>
    public ModelCard? Take(Predicate<ModelCard> condition)
    {
        if (_waiting.FindIndex(condition) is not (>= 0 and var index))
        {
            return null;
        }

        var model = _waiting[index];
        _waiting.RemoveAt(index);
        _taken.Add(model.QualifiedName);
        return model;
    }

    /// <summary>Goes on with these instead, as far as they were not taken.</summary>
    public void ReplaceBy(IEnumerable<ModelCard> candidates) => _waiting = [.. candidates.Where(model => !_taken.Contains(model.QualifiedName))];

    /// <summary>Drops those that do not meet the condition.</summary>
    public void Keep(Predicate<ModelCard> condition) => _waiting.RemoveAll(model => !condition(model));
}
