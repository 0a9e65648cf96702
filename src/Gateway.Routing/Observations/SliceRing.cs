namespace Gateway.Routing;

/// <summary>
/// The newest time slices of something, in places that are used again and again. A place is made when it is first needed, so what is
/// seldom seen stays small, and what is often seen allocates nothing. Not safe for concurrent use.
/// </summary>
internal sealed class SliceRing<T>
    where T : class, IClearable, new()
{
    private readonly (long Number, T? Slice)[] _places = new (long, T?)[TimeSlice.Window];

    /// <summary>The slice to record into. What its place held before, of an older slice or of one that a wrong clock made, is dropped.</summary>
    public T At(long number)
    {
        ref var place = ref _places[(int)(((number % TimeSlice.Window) + TimeSlice.Window) % TimeSlice.Window)];
        if (place.Slice is null)
        {
            place = (number, new T());
        }
        else if (place.Number != number)
        {
            place.Slice.Clear();
            place.Number = number;
        }

        return place.Slice!;
    }

    /// <summary>
    /// The slices that count, with their weights. The others are dropped: a clock that was ahead must not make old values new again when its
    /// time has come.
    /// </summary>
    public List<(T Slice, long Weight)> Current(long now)
    {
        List<(T Slice, long Weight)> current = [];
        foreach (var (number, slice) in _places)
        {
            if (slice is null)
            {
                continue;
            }

            if (TimeSlice.Weight(number, now) is > 0 and var weight)
            {
                current.Add((slice, weight));
            }
            else
            {
                slice.Clear();
            }
        }

        return current;
    }
}
