namespace Gateway.Engine.KvCache;

/// <summary>The layers' caches in a backend's memory: blocks of tokens, numbered as <see cref="BlockManager"/> gives them out.</summary>
internal interface IKvCache : IDisposable
{
    /// <summary>Tokens per block.</summary>
    int BlockSize { get; }
}
