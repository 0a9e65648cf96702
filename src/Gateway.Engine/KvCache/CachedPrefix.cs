namespace Gateway.Engine.KvCache;

/// <summary>What a full block holds: the last part of a prefix.</summary>
/// <param name="Id">Identity of the prefix as cached here, from 1, given once; 0 means that the block is not findable.</param>
/// <param name="ParentId">Identity of what precedes it; 0 for a first block.</param>
/// <param name="Hash">Of the whole prefix.</param>
/// <param name="Scope">Who may find it.</param>
internal readonly record struct CachedPrefix(long Id, long ParentId, ulong Hash, CacheScope? Scope)
{
    public bool IsFindable => Id > 0;
}
