using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>The priorities as policies, clients and reports write them.</summary>
public static class RequestPriorityNames
{
    /// <summary>From the lowest to the highest.</summary>
    public static ImmutableArray<(string Name, RequestPriority Value)> All { get; } =
        [("low", RequestPriority.Low), ("normal", RequestPriority.Normal), ("high", RequestPriority.High)];

    public static string Of(RequestPriority priority) => All.First(entry => entry.Value == priority).Name;

    /// <summary>Null when the text names none.</summary>
    public static RequestPriority? Find(string name)
    {
        foreach (var (known, value) in All)
        {
            if (known == name)
            {
                return value;
            }
        }

        return null;
    }
}
