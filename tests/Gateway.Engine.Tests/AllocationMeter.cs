namespace Gateway.Engine.Tests;

/// <summary>
/// What a thread allocates from mark to mark. Not counted is what lies between two marks with a garbage collection between them: it ends the thread's buffer,
/// and what was left of that, up to 8 KB, then counts as allocated. The runtime itself may allocate on any thread, once: for code that it compiles anew
/// meanwhile. So what tells is how many marks in a row had nothing between them.
/// </summary>
internal sealed class AllocationMeter
{
    private const int None = -1;

    private long _last;
    private int _collections = None;
    private int _clean;

    /// <summary>All that was allocated.</summary>
    public long Bytes { get; private set; }

    /// <summary>The most marks in a row before which nothing was allocated.</summary>
    public int LongestClean { get; private set; }

    /// <summary>To be called by the thread itself.</summary>
    public void Mark()
    {
        var collections = GC.CollectionCount(0);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        if (GC.CollectionCount(0) != collections)
        {
            _collections = None;
            return;
        }

        var bytes = collections == _collections ? allocated - _last : 0;
        _clean = bytes == 0 ? _clean + 1 : 0;
        (Bytes, LongestClean) = (Bytes + bytes, Math.Max(LongestClean, _clean));
        (_last, _collections) = (allocated, collections);
    }
}
