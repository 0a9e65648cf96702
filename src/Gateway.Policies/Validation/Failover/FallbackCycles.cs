namespace Gateway.Policies.Validation;

/// <summary>Finds routes whose fallbacks lead back to themselves: <c>a -> b -> a</c>.</summary>
internal sealed class FallbackCycles
{
    /// <summary>As many as a request has attempts at the most: what comes later is never tried.</summary>
    public const int MaxRoutes = 20;

    private readonly FallbackChains _chains;
    private readonly Dictionary<string, int> _order;
    private readonly FailureKind _kind;
    private readonly List<string> _path;
    private readonly HashSet<string> _seen;

    private FallbackCycles(FallbackChains chains, Dictionary<string, int> order, FailureKind kind, string start)
    {
        _chains = chains;
        _order = order;
        _kind = kind;
        _path = [start];
        _seen = new HashSet<string>(_path, StringComparer.Ordinal);
    }

    /// <summary>Reports each circle once, at its first route in the order of the file, and chains that are too long.</summary>
    public static void Check(FailoverSections sections, FallbackChains chains)
    {
        var order = sections.Routes.Keys.Select((name, index) => (name, index)).ToDictionary(StringComparer.Ordinal);
        foreach (var (route, section) in sections.Routes)
        {
            foreach (var kind in section.Fallbacks.ByKind.Keys.Order())
            {
                new FallbackCycles(chains, order, kind, route).Follow();
            }
        }
    }

    /// <summary>Goes on from the last route of the path.</summary>
    private void Follow()
    {
        foreach (var entry in _chains.Next(_path[^1], _kind)?.Entries ?? [])
        {
            if (entry.Route?.Definition.Name is not { } next)
            {
                continue;
            }

            if (next == _path[0])
            {
                ReportCircle(entry.At);
            }
            else if (_path.Count == MaxRoutes)
            {
                entry.At.Error(
                    $"The fallbacks lead through more than {MaxRoutes} routes.",
                    "Name the models that shall take over in place of the route");
            }
            else if (_seen.Add(next))
            {
                _path.Add(next);
                Follow();
                _path.RemoveAt(_path.Count - 1);
            }
        }
    }

    private void ReportCircle(Field at)
    {
        // From each other route on it, the circle is found as well.
        if (_path.Min(route => _order[route]) == _order[_path[0]])
        {
            at.Error(
                $"The fallbacks lead in a circle: {string.Join(" -> ", _path.Append(_path[0]).Select(Quote.Plain))}.",
                $"Name the models that shall take over in place of the route {Quote.Of(_path[0])}");
        }
    }
}
