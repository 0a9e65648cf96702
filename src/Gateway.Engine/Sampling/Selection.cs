namespace Gateway.Engine.Sampling;

/// <summary>Finds where an order would cut, without ordering all: quickselect (Hoare 1961) with three-way partitions.</summary>
internal static class Selection
{
    // So few are sorted at once.
    private const int Few = 32;

    /// <summary>The value at that rank, 1 being the largest. The values are reordered.</summary>
    /// <param name="values">At least <paramref name="rank"/> numbers.</param>
    /// <param name="rank">At least 1.</param>
    public static double Largest(Span<double> values, int rank)
    {
        var index = values.Length - rank;
        var (low, high) = (0, values.Length);
        while (high - low > Few)
        {
            var (equal, greater, _) = Partition(values, low, high);
            if (index < equal)
            {
                high = equal;
            }
            else if (index >= greater)
            {
                low = greater;
            }
            else
            {
                return values[index];
            }
        }

        values[low..high].Sort();
        return values[index];
    }

    /// <summary>
    /// Counts out the smallest values while they add up to at most <paramref name="most"/>; never the last one. The values are reordered.
    /// </summary>
    /// <param name="values">At least one, none negative.</param>
    /// <param name="most">What may be counted out.</param>
    /// <returns>The smallest value that stays, and how many of those equal to it were counted out.</returns>
    public static (double Threshold, int EqualsDropped) SmallestUpTo(Span<double> values, double most)
    {
        // What lies below low is counted out, with its sum; the cut is in [low, high).
        var (low, high, sum) = (0, values.Length, 0d);
        while (high - low > Few)
        {
            var (equal, greater, lesser) = Partition(values, low, high);
            var (pivot, equals) = (values[equal], greater - equal);
            if (sum + lesser > most)
            {
                high = equal;
                continue;
            }

            sum += lesser;
            if (greater == values.Length || sum + (pivot * equals) > most)
            {
                return Equals(pivot, greater == values.Length ? equals - 1 : equals, sum, most);
            }

            (sum, low) = (sum + (pivot * equals), greater);
        }

        values[low..high].Sort();
        while (low < values.Length - 1 && sum + values[low] <= most)
        {
            sum += values[low++];
        }

        var dropped = 0;
        while (low > dropped && values[low - 1 - dropped] == values[low])
        {
            dropped++;
        }

        return (values[low], dropped);
    }

    private static (double Threshold, int EqualsDropped) Equals(double value, int count, double sum, double most)
    {
        var dropped = 0;
        while (dropped < count && sum + value <= most)
        {
            sum += value;
            dropped++;
        }

        return (value, dropped);
    }

    /// <summary>
    /// Reorders [low, high) around the median of three of its values: what is less, from <c>Equal</c> on what equals it, from
    /// <c>Greater</c> on what is greater; with the sum of what is less.
    /// </summary>
    private static (int Equal, int Greater, double Lesser) Partition(Span<double> values, int low, int high)
    {
        var (a, b, c) = (values[low], values[(low + high) / 2], values[high - 1]);
        var pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
        var (equal, next, greater, sum) = (low, low, high, 0d);
        while (next < greater)
        {
            var value = values[next];
            if (value < pivot)
            {
                sum += value;
                values[next++] = values[equal];
                values[equal++] = value;
            }
            else if (value > pivot)
            {
                values[next] = values[--greater];
                values[greater] = value;
            }
            else
            {
                next++;
            }
        }

        return (equal, greater, sum);
    }
}
