namespace Gateway.Routing.Difficulty.Learning;

/// <summary>Splits examples into parts of about equal size, the same for the same seed.</summary>
internal static class Folds
{
    /// <summary>Gives each of <paramref name="groups"/> a fold at random, so that a group never lies in two.</summary>
    /// <param name="groups">The group of each example, such as its topic; examples of one prompt belong together too.</param>
    /// <returns>The fold (0 to <paramref name="count"/> - 1) of each example.</returns>
    public static int[] Assign(IReadOnlyList<string> groups, int count, int seed)
    {
        var sizes = groups.GroupBy(group => group, StringComparer.Ordinal).Select(group => (group.Key, Size: group.Count())).ToArray();
        Array.Sort(sizes, (left, right) => string.CompareOrdinal(left.Key, right.Key));
        new SplitMix64((ulong)seed).Shuffle(sizes.AsSpan());
        var filled = new int[count];
        var folds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (group, size) in sizes)
        {
            int smallest = Array.IndexOf(filled, filled.Min());
            folds[group] = smallest;
            filled[smallest] += size;
        }

        return [.. groups.Select(group => folds[group])];
    }
}
