namespace Gateway.Engine.Tests;

/// <summary>
/// What a thread allocates from mark to mark. Not counted is what lies between two marks with a garbage collection between them: it ends the thread's buffer,
/// and what was left of that, up to 8 KB, then counts as allocated.
/// </summary>
internal sealed class AllocationMeter
{
    private const int None = -1;

    private long _last;
    private int _collections = None;

    public long Bytes { get; private set; }

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

        Bytes += collections == _collections ? allocated - _last : 0;
        (_last, _collections) = (allocated, collections);
    }
}
